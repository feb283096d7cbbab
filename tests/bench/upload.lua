-- Uploads small files, no two of them alike: arguments are the way ("form" or "put"), the path, the
-- token, the size in bytes and a word that tells runs apart. Prints one line of JSON at the end.
local way, path, token, size, run
local rest
local count = 0

function init(args)
  way, path, token, size, run = args[1], args[2], args[3], tonumber(args[4]), args[5]
  local words = {}
  while #words * 16 < size do
    words[#words + 1] = string.format("%08x%08x", math.random(0, 0x7fffffff), math.random(0, 0x7fffffff))
  end
  rest = table.concat(words)
end

function request()
  count = count + 1
  local head = string.format("%%PDF-1.7\n%% %s %d\n", run, count)
  local content = head .. rest:sub(1, size - #head)
  local headers = { ["Authorization"] = "Bearer " .. token }
  if way == "put" then
    return wrk.format("PUT", path .. "/" .. (count % 64) .. ".pdf", headers, content)
  end
  headers["Content-Type"] = "multipart/form-data; boundary=x"
  local body = '--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n'
    .. "Content-Type: application/pdf\r\n\r\n" .. content .. "\r\n--x--\r\n"
  return wrk.format("POST", path, headers, body)
end

function done(summary, latency, _)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"seconds":%.3f,"p50":%.3f,"p99":%.3f,"max":%.3f,"status_errors":%d,"socket_errors":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, latency.max / 1e3, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end
