-- For wrk: each request is a pledge of somebody else, from a network of their own. BASE, BODY: see benchmarks/pledging.py
local threads = 0
function setup(thread)
    thread:set("id", threads)
    threads = threads + 1
end

local sent = 0
function request()
    local n = BASE + 2 * sent + id
    sent = sent + 1
    wrk.headers["X-Forwarded-For"] = string.format(
        "%d.%d.%d.7", 20 + n % 180, math.floor(n / 180) % 250, math.floor(n / 45000) % 250)
    local domain = n % 2 == 0 and "gmail.com" or "example.org"
    wrk.body = string.format("%s&email=sam%d%%40%s&form_token=%043d", BODY, n, domain, n)
    return wrk.format("POST", PATH)
end
