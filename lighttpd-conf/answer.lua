-- SPDX-License-Identifier: MIT
-- The answer's way out: CORS is decided by gatehouse alone (Fetch standard; MCP Streamable HTTP, security), and what
-- lighttpd itself refuses is told as JSON.

local request = lighty.r
local answer, variable = request.resp_header, request.req_env
local status = request.req_item.http_status

local function cross_origin(origin)
	local names = {}
	for name in pairs(answer) do
		if name:lower():find("^access%-control%-") then
			names[#names + 1] = name
		end
	end
	for _, name in ipairs(names) do
		answer[name] = ""
	end
	answer["Access-Control-Allow-Origin"] = origin
	answer["Access-Control-Expose-Headers"] =
		"WWW-Authenticate, Mcp-Session-Id, MCP-Protocol-Version, Retry-After, Last-Event-ID"
	local vary = answer["Vary"] or ""
	answer["Vary"] = vary == "" and "Origin" or vary .. ", Origin"
end

local function own_answer(number, body)
	answer["Content-Type"] = "application/json"
	answer["Cache-Control"] = "no-store"
	answer["Referrer-Policy"] = "no-referrer"
	request.resp_body:set(body)
	return number -- without the number lighttpd would wait for the rest of the request
end

local allowed = variable["GATEHOUSE_DECISION"] == "allow"
local is_page = (answer["Content-Type"] or "text/html"):find("^text/html") and not answer["Content-Security-Policy"]

-- From auth-check, 200 without the word "allow" is neither yes nor no.
local is_unclear = variable["GATEHOUSE_SEEN"] and not allowed and status == 200

-- Where our own authorization server would listen, if the request is for that (gatehouse.conf).
local socket = variable["GATEHOUSE_SOCKET"]

-- What gatehouse answers is JSON, nothing, or a page with a policy; any other page is lighttpd's own: somebody is down, too
-- slow or unclear.
if is_page and status == 503 and socket and not lighty.c.stat(socket) then
	return own_answer(404, '{"error":"not_found","error_description":"there is nothing here"}')
elseif is_page and status == 413 and not allowed then
	return own_answer(413, '{"error":"invalid_request","error_description":"the body is larger than 4 MiB"}')
elseif is_unclear or is_page and (status == 502 or status == 503 or status == 504 or status >= 500 and not allowed) then
	answer["Retry-After"] = "5"
	answer["Vary"] = "Origin"
	return own_answer(503, '{"error":"temporarily_unavailable","error_description":"try again in a few seconds"}')
elseif allowed then
	cross_origin(variable["GATEHOUSE_CORS_ORIGIN"] or "")
end
return 0
