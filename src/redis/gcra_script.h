#ifndef COEFFICIENT_SRC_REDIS_GCRA_SCRIPT_H_
#define COEFFICIENT_SRC_REDIS_GCRA_SCRIPT_H_

#include <string_view>

#include "coefficient/version.h"

// Private to the library: never installed.
COEFFICIENT_BEGIN_NAMESPACE
namespace redis {

/// The whole decision, in one call: generic cell rate of up to 8 tiers of one key.
///
/// KEYS[1]: `<name>=<interval>,<window>,<tat>;` for each tier, times in us; if absent, nothing is
/// used.
///
/// ARGV: now in us, or '' for the server's; the cost (0: peek, negative: refund); the most to
/// take; then for each tier its name, interval, window (interval * burst) and 1 if it only watches.
///
/// Returns: what was taken; then for each tier 1 if it allows, what remains, after how many us the
/// cost is allowed (-1: never), after how many us nothing is used.
///
/// Doubles hold all of it exactly until the year 2184: windows are at most 2^51 us, so no time is
/// above 2^53. '%.0f' writes them, since tostring() rounds to 14 digits.
inline constexpr std::string_view kGcraScript = R"lua(
local now = tonumber(ARGV[1])
local grace = 3600000
if not now then
  local t = redis.call('TIME')
  now = t[1] * 1000000 + t[2]
  grace = 0
end
local cost, want = tonumber(ARGV[2]), tonumber(ARGV[3])
local raw = redis.call('GET', KEYS[1]) or ''
local most_bytes = 4096
local stored, read = {}, 0
for name, interval, window, tat in string.gmatch(raw, '([%w._:/%-]+)=(%d+),(%d+),(%d+);') do
  read = read + #name + #interval + #window + #tat + 4
  if #interval > 16 or #window > 16 or #tat > 16 or tonumber(interval) < 1 then read = -1 break end
  stored[name] = {name = name, interval = tonumber(interval), window = tonumber(window),
                  tat = tonumber(tat)}
end
if read ~= #raw or read > most_bytes then
  return redis.error_reply('BADVALUE the key holds something else')
end

-- A clock that was set back by less than this makes clients wait; by more, it is believed.
local minute = 60000000
local tiers, refused, heal, grant = {}, false, false, math.max(cost, want)
for i = 4, #ARGV, 4 do
  local tier = {name = ARGV[i], interval = tonumber(ARGV[i + 1]), window = tonumber(ARGV[i + 2]),
                watches = ARGV[i + 3] == '1'}
  local old = stored[tier.name]
  local owed = 0
  if old then
    owed = math.max(old.tat - now, 0)
    -- Other terms: as many requests are owed, at most a full bucket. From now on, so it is kept even
    -- if this is refused: what was told as the wait would be wrong at the rate of before.
    if owed > 0 and (old.interval ~= tier.interval or old.window ~= tier.window) then
      owed = math.min(math.ceil(owed * tier.interval / old.interval), tier.window)
      heal = true
    end
    stored[tier.name] = nil
  end
  if owed > tier.window + minute then owed, heal = tier.window, true end
  local debt = math.min(owed, tier.window)
  tier.owed = owed
  tier.free = math.floor((tier.window - debt) / tier.interval)
  tier.over = math.max(debt + cost * tier.interval - tier.window, 0)
  if cost <= 0 then tier.over = 0 end
  if tier.over > 0 and not tier.watches then refused = true end
  if not tier.watches then grant = math.min(grant, tier.free) end
  tiers[#tiers + 1] = tier
end
if refused then grant = 0 elseif cost <= 0 then grant = cost end

local reply, parts, size, last = {math.max(grant, 0)}, {}, 0, 0
local function keep(tier, debt)
  if debt <= 0 then return end
  local part = string.format('%s=%.0f,%.0f,%.0f;', tier.name, tier.interval, tier.window, now + debt)
  if size + #part > most_bytes then return end
  size = size + #part
  parts[#parts + 1] = part
  last = math.max(last, debt)
end
for _, tier in ipairs(tiers) do
  local owed = tier.owed
  if not (refused or tier.watches and tier.over > 0) then
    owed = math.max(owed + math.min(grant, tier.free) * tier.interval, 0)
  end
  local debt = math.min(owed, tier.window)
  local retry = tier.over
  if cost * tier.interval > tier.window then retry = -1 end
  reply[#reply + 1] = tier.over > 0 and 0 or 1
  reply[#reply + 1] = math.floor((tier.window - debt) / tier.interval)
  reply[#reply + 1] = retry
  reply[#reply + 1] = debt
  keep(tier, owed)
end
if grant ~= 0 or heal and cost ~= 0 then
  -- Of policies that were not asked for, those that owe for longest come first, while there is room.
  local others = {}
  for _, other in pairs(stored) do others[#others + 1] = other end
  table.sort(others, function(a, b) return a.tat > b.tat end)
  for _, other in ipairs(others) do keep(other, other.tat - now) end
  if #parts == 0 then
    redis.call('DEL', KEYS[1])
  else
    redis.call('SET', KEYS[1], table.concat(parts), 'PX', math.ceil(last / 1000) + grace)
  end
end
return reply
)lua";

}  // namespace redis
COEFFICIENT_END_NAMESPACE

#endif  // COEFFICIENT_SRC_REDIS_GCRA_SCRIPT_H_
