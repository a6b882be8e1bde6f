--- "Did you mean ...?": the nearest of a list of names, by the same measure as src/util/suggest.h.

local M = {}

--- Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours.
---@param a string
---@param b string
---@return integer
local function distance(a, b)
  local before, last, now = {}, {}, {}
  for j = 0, #b do last[j] = j end
  for i = 1, #a do
    now[0] = i
    for j = 1, #b do
      local cost = a:byte(i) == b:byte(j) and 0 or 1
      now[j] = math.min(last[j] + 1, now[j - 1] + 1, last[j - 1] + cost)
      if i > 1 and j > 1 and a:byte(i) == b:byte(j - 1) and a:byte(i - 1) == b:byte(j) then
        now[j] = math.min(now[j], before[j - 2] + 1)
      end
    end
    before, last, now = last, now, before
  end
  return last[#b]
end

--- The candidate nearest to `word`, or nil when none is near enough to be meant: at most a third of
--- the longer word's letters differ (one at least is allowed). Ties go to the earlier one.
---@param word string
---@param candidates string[]
---@return string?
function M.nearest(word, candidates)
  if #word > 200 then return nil end
  local best, best_distance
  for _, candidate in ipairs(candidates) do
    local d = distance(word:lower(), candidate:lower())
    local limit = math.max(math.max(#word, #candidate) // 3, 1)
    if d <= limit and (not best or d < best_distance) then
      best, best_distance = candidate, d
    end
  end
  return best
end

--- " (did you mean x?)" or "".
---@param word any
---@param candidates string[]
---@return string
function M.hint(word, candidates)
  local best = type(word) == "string" and M.nearest(word, candidates)
  return best and (" (did you mean %s?)"):format(best) or ""
end

return M
