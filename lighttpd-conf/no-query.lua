-- SPDX-License-Identifier: MIT
-- lighttpd's error log would quote the query, which may hold the provider's code. The program reads the request's own URI.
lighty.r.req_attr["uri.query"] = ""
return 0
