/**
 * Appends events to a channel's recent log, moves its head and publishes them, in one step: what is in the log has been
 * published, and the log has no hole.
 *
 * KEYS: log, head. ARGV: pub/sub channel, publish command, entries kept, idle ms of the log, ms the head is kept, seq and
 * position of the head, then for each event `from`, `seq` and its packed bytes (20 bytes of head, then the envelope).
 *
 * Events at or below the log's last entry (or the head, where the log has expired) are there already and are left out.
 * Returns -1 when all is done. At an event that does not follow the one before it stops, leaves the head where it is and
 * returns the last `seq` there is: bring what is between.
 */
export const publishScript = `
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
local head = tonumber(redis.call('HGET', KEYS[2], 'seq') or '0')
local at = last[1] and tonumber(string.match(last[1][1], '^(%d+)')) or (head > 0 and head)
local fresh = {}
local gap = -1
for i = 8, #ARGV, 3 do
  local from, seq = tonumber(ARGV[i]), tonumber(ARGV[i + 1])
  if not at or seq > at then
    if at and from > at + 1 then gap = at break end
    redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[3], ARGV[i + 1] .. '-0', 'f', ARGV[i], 'e', string.sub(ARGV[i + 2], 21))
    fresh[#fresh + 1] = ARGV[i + 2]
    at = seq
  end
end
redis.call('PEXPIRE', KEYS[1], ARGV[4])
if gap < 0 and tonumber(ARGV[6]) > head then redis.call('HSET', KEYS[2], 'seq', ARGV[6], 'position', ARGV[7]) end
redis.call('PEXPIRE', KEYS[2], ARGV[5])
if #fresh > 0 then redis.call(ARGV[2], ARGV[1], table.concat(fresh)) end
return gap`;
