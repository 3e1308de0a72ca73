-- SPDX-License-Identifier: MIT
-- wrk: every request of a thread with the next token of the file that TOKENS names; any answer but 200 is counted.
local tokens, next_token = {}, 0

function init()
	for line in io.lines(os.getenv("TOKENS")) do
		tokens[#tokens + 1] = { ["Authorization"] = "Bearer " .. line, ["Content-Type"] = "application/json",
			["Accept"] = "application/json, text/event-stream" }
	end
end

local body = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{}}}'

function request()
	next_token = next_token % #tokens + 1
	return wrk.format("POST", "/mcp", tokens[next_token], body)
end

function done(summary, latency, requests)
	local wrong = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
	print(string.format("RESULT %d %d %d", summary.requests, summary.duration, wrong))
end
