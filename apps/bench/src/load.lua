-- For wrk. POST /order/, each with an id of its own, or GET of a path in which {n} stands for any
-- number below a limit, and {id} for the id of that order in a big file (big-file.ts); says at the
-- end how it went, as JSON.
--
--     place PREFIX TOKENS    order ids PREFIX-1, PREFIX-2, …
--     scatter PREFIX TOKENS  the same behind eight digits that jump about, as in a UUID
--     get PATH LIMIT
--
-- TOKENS is a file with one a line, that requests come with in turn, or nothing.

local body =
  '{"order_id":"%s%s-%d","user_id":"user_%d","item_ids":"item_1,item_2","total_amount":99.99}'
local headers = { ['Content-Type'] = 'application/json' }
local kind, name, limit
local tokens = {}
local sent = 0

function init(args)
  kind, name, limit = args[1], args[2], tonumber(args[3])
  if kind == 'get' or args[3] == '' then return end
  for token in io.lines(args[3]) do tokens[#tokens + 1] = 'Bearer ' .. token end
end

-- Exact below 3.4 million; more are neither sent in one load nor asked for.
function jumping(n)
  return string.format('%08x-', n * 2654435761 % 4294967296)
end

function request()
  sent = sent + 1
  if kind == 'get' then
    local n = math.random(0, limit - 1)
    return wrk.format('GET', (name:gsub('{n}', n):gsub('{id}', jumping(n) .. n)))
  end
  if #tokens > 0 then headers['Authorization'] = tokens[sent % #tokens + 1] end
  local before = kind == 'scatter' and jumping(sent) or ''
  return wrk.format('POST', '/order/', headers, body:format(before, name, sent, sent % 99991))
end

-- wrk counts what is 400 or above by itself. A response() that looks at each status would make
-- wrk build a table of the headers for every answer; of the others only 201 means that an order is
-- in the file, where they are counted afterwards.
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"answered":%d,"refused":%d,"errors":%d,"ms":%f,"p50Ms":%f,"p99Ms":%f}\n',
    summary.requests - errors.status, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    summary.duration / 1000, latency:percentile(50) / 1000, latency:percentile(99) / 1000
  ))
end
