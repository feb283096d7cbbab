-- Sends the requests of a file, each once, in their order: a line "PATH\tHEADER: VALUE\tBODY". When the file is at
-- its end, the last one is sent again. Prints one line of JSON at the end.
local lines, at = {}, 0
local pause = 0

function init(args)
  pause = tonumber(args[2]) or 0
  for line in io.lines(args[1]) do
    local path, name, value, body = line:match("^(%S+)\t([^:]+): ([^\t]+)\t(.+)$")
    lines[#lines + 1] = wrk.format("POST", path, { ["Content-Type"] = "application/json", [name] = value }, body)
  end
end

function request()
  if at < #lines then at = at + 1 end
  return lines[at]
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
