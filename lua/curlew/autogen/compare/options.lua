--- What belongs to a table as a whole: its comment and its options. No operation changes most options, so where the
--- server has a statement for it that statement is executed; where it has none, a note says so.

local normal = require "curlew.autogen.normal"
local order = require "curlew.autogen.order"

local function comment_record(t, text)
  if not text or text == "" then return { op = "drop_table_comment", table = t.name, schema = t.schema } end
  return { op = "create_table_comment", table = t.name, schema = t.schema, text = text }
end

local function compare_comment(x, real, t)
  if x.config.compare_comment == false or (real.comment or "") == (t.comment or "") then return end
  x:add("alter", comment_record(t, t.comment), { comment_record(t, real.comment) },
    { table = normal.key(t), rank = order.RANKS.comment })
end

local NAMES = { "mysql_engine", "mysql_charset", "sqlite_strict", "sqlite_without_rowid", "sqlite_autoincrement",
  "postgresql_partition_by" }

local function compare_options(x, real, t)
  for _, option in ipairs(NAMES) do
    local a, b = real.options[option], t.options[option]
    -- What the models leave open stays as it is: the server's default is a setting, not a wish.
    local open = b == nil and option:find("^mysql_")
    if a ~= b and not open then
      local d, up, down = x.dialect, nil, nil
      if d.option_statement then
        if a == nil then a = d:usual_option(x.run.conn, option) end
        up, down = d:option_statement(t, option, b), d:option_statement(t, option, a)
      end
      if up and down then
        x:add("alter", { op = "execute", sql = up }, { { op = "execute", sql = down } },
          { table = normal.key(t), rank = order.RANKS.option })
      else
        x:problem("table %s: %s is %s in the database and %s in the models, which no operation changes; make the table "
          .. "anew, or write what the database has into the models", normal.title(t), option, tostring(a or "not set"),
          tostring(b or "not set"))
      end
    end
  end
end

---@param x curlew.Comparison
return function(x)
  for _, pair in ipairs(x.pairs) do
    compare_comment(x, pair.real, pair.wanted)
    compare_options(x, pair.real, pair.wanted)
  end
end
