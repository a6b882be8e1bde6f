--- Dates without times: "2026-01-31" cut to and advanced by days, weeks, months, quarters and years.

local M = {}

M.UNITS = { "day", "week", "month", "quarter", "year" }

local MONTHS = { month = 1, quarter = 3, year = 12 }
local DAYS = { day = 1, week = 7 }

local function is_leap(year) return year % 4 == 0 and (year % 100 ~= 0 or year % 400 == 0) end

local function month_days(year, month)
  if month == 2 then return is_leap(year) and 29 or 28 end
  return (month == 4 or month == 6 or month == 9 or month == 11) and 30 or 31
end

--- Days since 1970-01-01 of the proleptic Gregorian calendar.
local function to_days(year, month, day)
  local y = month <= 2 and year - 1 or year
  local era, yoe = y // 400, y % 400
  local doy = (153 * (month + (month > 2 and -3 or 9)) + 2) // 5 + day - 1
  return era * 146097 + yoe * 365 + yoe // 4 - yoe // 100 + doy - 719468
end

local function of_days(days)
  local z = days + 719468
  local era, doe = z // 146097, z % 146097
  local yoe = (doe - doe // 1460 + doe // 36524 - doe // 146096) // 365
  local doy = doe - (365 * yoe + yoe // 4 - yoe // 100)
  local mp = (5 * doy + 2) // 153
  local month = mp + (mp < 10 and 3 or -9)
  return { year = yoe + era * 400 + (month <= 2 and 1 or 0), month = month, day = doy - (153 * mp + 2) // 5 + 1 }
end

--- The date of a text, or nil: it is none.
---@param text string "2026-01-31", or "2026-01" for the first of a month
---@return { year: integer, month: integer, day: integer }?
function M.parse(text)
  local year, month, day = text:match("^(%d%d%d%d)%-(%d%d)%-(%d%d)$")
  if not year then year, month = text:match("^(%d%d%d%d)%-(%d%d)$") end
  if not year then return nil end
  local date = { year = tonumber(year), month = tonumber(month), day = tonumber(day or 1) }
  if date.month < 1 or date.month > 12 or date.day < 1 or date.day > month_days(date.year, date.month) then return nil end
  return date
end

---@return string
function M.text(date) return ("%04d-%02d-%02d"):format(date.year, date.month, date.day) end

--- The beginning of the date's day, week (Monday), month, quarter or year.
function M.floor(date, unit)
  if unit == "day" then return date end
  if unit == "week" then
    local days = to_days(date.year, date.month, date.day)
    return of_days(days - (days + 3) % 7)
  end
  local month = unit == "year" and 1 or unit == "quarter" and (date.month - 1) // 3 * 3 + 1 or date.month
  return { year = date.year, month = month, day = 1 }
end

--- The beginning of the next unit; `date` is the beginning of one.
function M.next(date, unit)
  if DAYS[unit] then return of_days(to_days(date.year, date.month, date.day) + DAYS[unit]) end
  local months = date.year * 12 + date.month - 1 + MONTHS[unit]
  return { year = months // 12, month = months % 12 + 1, day = 1 }
end

--- What the unit's partition is called: "2026_01", "2026_w05", "2026_q1".
function M.label(date, unit)
  if unit == "year" then return ("%04d"):format(date.year) end
  if unit == "quarter" then return ("%04d_q%d"):format(date.year, (date.month - 1) // 3 + 1) end
  if unit == "month" then return ("%04d_%02d"):format(date.year, date.month) end
  if unit == "day" then return ("%04d_%02d_%02d"):format(date.year, date.month, date.day) end
  local thursday = of_days(to_days(date.year, date.month, date.day) + 3) -- its year is the week's (ISO 8601)
  local first = to_days(thursday.year, 1, 1)
  return ("%04d_w%02d"):format(thursday.year, (to_days(thursday.year, thursday.month, thursday.day) - first) // 7 + 1)
end

return M
