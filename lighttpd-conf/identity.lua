-- SPDX-License-Identifier: MIT
-- The request's way in. lighttpd runs this twice: before auth-check, to remove what a client could send to pass for
-- somebody; and after its yes, to demand the word "allow" and to add who it is.

local request = lighty.r
local header, variable = request.req_header, request.req_env

-- Beginnings of names, in lower case. Whatever holds "_" or "." goes too: those spellings become one variable with "-"
-- (RFC 3875 4.1.18), and no honest client sends them.
local forbidden = {
	"remote", "x%-remote", "x%-auth", "x%-gatehouse", "x%-forwarded", "x%-original", "x%-rewrite", "x%-real%-ip",
	"x%-http%-method", "x%-method", "forwarded$", "proxy$", "upgrade$", "http2%-settings$",
}

local function is_forbidden(name)
	if name:find("[^%w%-]") then
		return true
	end
	for _, beginning in ipairs(forbidden) do
		if name:find("^" .. beginning) then
			return true
		end
	end
	return false
end

local function remove_forbidden()
	local names = {}
	for name in pairs(header) do
		-- X-Forwarded-For stays for auth-check, which believes it only of those that trusted_proxies names.
		if is_forbidden(name:lower()) and name:lower() ~= "x-forwarded-for" then
			names[#names + 1] = name
		end
	end
	for _, name in ipairs(names) do
		header[name] = ""
	end
end

local function add_identity()
	header["Remote-User"] = variable["REMOTE_USER"] or ""
	for _, word in ipairs({ "Subject", "Issuer", "Email", "Name", "Groups", "Scopes", "Client" }) do
		header["Remote-" .. word] = variable["GATEHOUSE_" .. word:upper()] or ""
	end
	-- The same, signed (assertion on).
	header["X-Gatehouse-Assertion"] = variable["GATEHOUSE_ASSERTION"] or ""
end

-- No client can set this: its headers are all named HTTP_….
if not variable["GATEHOUSE_SEEN"] then
	variable["GATEHOUSE_SEEN"] = "1"
	remove_forbidden()
	return 0
end

-- An answer without a status, or none at all, counts as 200 here: that is no grant.
if variable["GATEHOUSE_DECISION"] ~= "allow" then
	return 503
end
add_identity()
header["X-Forwarded-For"] = ""
-- The client's token or API key is for gatehouse and ends here (MCP authorization, token passthrough).
header["Authorization"] = ""
header["X-API-Key"] = ""
return 0
