-- SPDX-License-Identifier: MIT
-- Who it is, in the names that oauth2-proxy made common; for the list of magnet.attract-raw-url-to, after identity.lua.

local header, variable = lighty.r.req_header, lighty.r.req_env

if variable["GATEHOUSE_DECISION"] == "allow" then
	header["X-Auth-Request-User"] = variable["GATEHOUSE_SUBJECT"] or ""
	header["X-Auth-Request-Preferred-Username"] = variable["REMOTE_USER"] or ""
	header["X-Auth-Request-Email"] = variable["GATEHOUSE_EMAIL"] or ""
	header["X-Auth-Request-Groups"] = variable["GATEHOUSE_GROUPS"] or ""
end
return 0
