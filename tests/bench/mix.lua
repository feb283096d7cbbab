-- Sends requests from a file, in a random order: one "METHOD PATH TOKEN" a line.
-- For POST the body is a small new task. A third argument is how many milliseconds each connection waits
-- before it asks again. Prints one line of JSON at the end.
local lines = {}
local pause = 0

function init(args)
  math.randomseed(tonumber(args[2]) or 1)
  pause = tonumber(args[3]) or 0
  for line in io.lines(args[1]) do
    local method, path, token = line:match("^(%S+) (%S+) (%S+)$")
    local headers = { ["Authorization"] = "Bearer " .. token }
    local body = nil
    if method == "POST" then
      headers["Content-Type"] = "application/json"
      body = '{"title":"Measure the server","description":"Two lines of text, no more.","priority":"high","tags":["bench"]}'
    end
    lines[#lines + 1] = wrk.format(method, path, headers, body)
  end
end

function request()
  return lines[math.random(#lines)]
end

function delay()
  return pause
end

function done(summary, latency, _)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"seconds":%.3f,"p50":%.3f,"p99":%.3f,"max":%.3f,"status_errors":%d,"socket_errors":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, latency.max / 1e3, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end
