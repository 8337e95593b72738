-- For wrk: POST /order/, each with an id of its own; says at the end how it went, as JSON.
local body = '{"order_id":"%s-%d","user_id":"user_%d","item_ids":"item_1,item_2","total_amount":99.99}'
local headers = { ['Content-Type'] = 'application/json' }
local prefix
local sent = 0

function init(args)
  prefix = args[1]
end

function request()
  sent = sent + 1
  return wrk.format('POST', '/order/', headers, body:format(prefix, sent, sent % 99991))
end

-- wrk counts what is 400 or above by itself. A response() that looks at each status would make
-- wrk build a table of the headers for every answer; 2xx other than 201 are found by the caller,
-- who counts the orders in the file.
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"placed":%d,"refused":%d,"errors":%d,"ms":%f,"p50Ms":%f,"p99Ms":%f}\n',
    summary.requests - errors.status, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    summary.duration / 1000, latency:percentile(50) / 1000, latency:percentile(99) / 1000
  ))
end
