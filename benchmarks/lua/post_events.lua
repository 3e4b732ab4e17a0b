-- Whole requests, signed beforehand: each thread sends those of its own file, one after the other and none twice.
local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init()
  local file = assert(io.open(LETTERS .. "." .. number, "rb"))
  local all, at = file:read("*a"), 1
  file:close()
  letters, sent = {}, 0
  while at <= #all do
    local size = tonumber(all:sub(at, at + 7))
    letters[#letters + 1] = all:sub(at + 8, at + 7 + size)
    at = at + 8 + size
  end
end

function request()
  sent = sent + 1
  if sent > #letters then
    wrk.thread:stop()
    return letters[#letters]
  end
  return letters[sent]
end
