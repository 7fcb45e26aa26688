/**
 * What `takeFrom` of `plinth/http` does, in Lua, so that Redis decides and counts in one step. States are
 * texts of numbers, apart by spaces. Numbers are answered as texts: Redis cuts fractions off.
 */
export const SCRIPT: string = `
local algorithm = ARGV[1]
local limit, window, cost, now = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local state = {}
local text = redis.call('GET', KEYS[1])
if text then
  for word in string.gmatch(text, '%S+') do state[#state + 1] = tonumber(word) end
end
local allowed, changed, remaining, wait, reset

if algorithm == 'token-bucket' then
  if #state ~= 2 then state = { 0, now } end
  local at = now
  if state[1] > 0 and now < state[2] and now >= state[2] - window then at = state[2] end
  local level = state[1]
  if at > state[2] then level = math.max(0, level - (at - state[2]) * limit / window) end
  allowed = level + cost <= limit + 0.000001
  local taken = allowed and level + cost or level
  changed = allowed or at < state[2]
  state = { taken, at }
  local interval = window / limit
  remaining = math.max(0, math.floor(limit - taken + 0.000001))
  wait = at - now + math.min(level, level + cost - limit) * interval
  reset = taken > 0 and at - now + taken * interval or 0
else
  local length = window / 10
  local slot = math.floor(now / length)
  if #state ~= 12 then state = { slot, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 } end
  local passed = slot - state[1]
  local total = 0
  for at = 2, 12 do total = total + state[at] end
  if passed < -10 or total == 0 then
    state = { slot, total, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }
  elseif passed > 0 then
    local kept = { slot }
    for at = 2, 12 do kept[at] = at - passed >= 2 and state[at - passed] or 0 end
    state = kept
    total = 0
    for at = 2, 12 do total = total + state[at] end
  end
  local function free(amount)
    local found, at = 0, 12
    while at > 2 do
      found = found + state[at]
      if found >= amount then break end
      at = at - 1
    end
    return (state[1] - (at - 2) + 11) * length - now
  end
  allowed = total + cost <= limit
  changed = allowed or passed < -10
  wait = 0
  if allowed then
    state[2] = state[2] + cost
    total = total + cost
  else
    wait = free(total + cost - limit)
  end
  remaining = math.max(0, limit - total)
  reset = total > 0 and free(total) or 0
end

if changed then
  local words = {}
  for at = 1, #state do words[at] = string.format('%.17g', state[at]) end
  local left = string.format('%d', math.ceil(math.max(reset, 1)))
  redis.call('SET', KEYS[1], table.concat(words, ' '), 'PX', left)
end
if allowed then wait = 0 end
return { allowed and 1 or 0, string.format('%.17g', remaining), string.format('%.17g', wait), string.format('%.17g', reset) }
`
