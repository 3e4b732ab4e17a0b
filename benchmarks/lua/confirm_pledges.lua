-- For wrk: each request confirms another pledge that waits. PREFIX, SEEN, BODY: see benchmarks/pledging.py
local threads = 0
function setup(thread)
    thread:set("id", threads)
    threads = threads + 1
end

local sent = 0
function request()
    local n = 2 * sent + id
    sent = sent + 1
    wrk.body = BODY .. "&seen=" .. SEEN[1 + n % #SEEN]
    return wrk.format("POST", "/en/pledge/confirm/" .. PREFIX .. n .. "/")
end
