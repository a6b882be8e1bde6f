--- The command line itself: help, slips of the fingers, the configuration that is found or not, every
--- exit code, and what errors look like to people and to programs.
local e2e = require "support.e2e"
local process = require "support.process"

local function run(...) return e2e.run(type(...) == "table" and (...) or { ... }) end

describe("help", function()
  it("is printed on stdout when asked for, and lists every command", function()
    for _, words in ipairs { { "help" }, { "--help" }, { "-h" } } do
      local r = run(words)
      assert.equal(0, r.code)
      assert.equal("", r.err)
      for _, name in ipairs { "init", "list-templates", "revision", "merge", "rebase", "edit", "upgrade", "downgrade", "stamp",
                              "ensure-version", "resolve", "current", "status", "history", "heads", "branches", "show",
                              "completion" } do
        assert.matches("\n  " .. name:gsub("%-", "%%-") .. " +%u", r.out)
      end
    end
  end)

  it("explains a command three ways", function()
    local r = run("help", "ensure_version")
    assert.equal(0, r.code)
    assert.matches("^Usage: curlew ensure%-version", r.out)
    assert.equal(r.out, run("ensure-version", "--help").out)
    assert.equal(r.out, run("-h", "ensure-version").out)
  end)

  it("fits into 80 columns", function()
    for name in run("help").out:gmatch("\n  (%l[%l-]+) +%u") do
      for line in run("help", name).out:gmatch("[^\n]+") do
        assert.is_true(utf8.len(line) <= 80, name .. ": " .. line)
      end
    end
  end)

  it("goes to stderr with exit 2 when no command is given", function()
    local r = run {}
    assert.equal(2, r.code)
    assert.equal("", r.out)
    assert.matches("^Usage: curlew ", r.err)
  end)

  it("tells the version", function()
    assert.matches("^curlew %d+%.%d+%.%d+\n$", run("--version").out)
    assert.matches("drivers: .*sqlite", run("version", "-v").out)
    assert.is_string(e2e.json(run("--version", "--format=json").out).version)
  end)
end)

describe("completion", function()
  it("is a script that its shell can read", function()
    for _, shell in ipairs { "bash", "zsh", "fish" } do
      local r = run("completion", shell)
      assert.equal(0, r.code)
      assert.matches("ensure%-version", r.out)
      if os.execute("command -v " .. shell .. " >/dev/null 2>&1") then
        local check = process.run(shell, { "-n", stdin = r.out })
        assert.equal(0, check.code, check.err)
      end
    end
  end)

  it("completes commands, options and values in bash", function()
    local script = run("completion", "bash").out .. [[
      try() { COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _curlew; echo "${COMPREPLY[*]}"; }
      try curlew ensu; try curlew upgrade --dr; try curlew --format j; try curlew completion f]]
    local r = process.run("bash", { "-c", script })
    assert.equal("ensure-version\n--dry-run\njson\nfish\n", r.out, r.err)
  end)

  it("has a manual page beside it", function()
    assert.matches("^%.TH CURLEW 1 ", run("manual").out)
  end)
end)

describe("a slip", function()
  local function assert_usage(words, ...)
    local r = run(words)
    assert.equal(2, r.code, r.err)
    assert.equal("", r.out)
    for _, part in ipairs { ... } do assert.is_truthy(r.err:find(part, 1, true), r.err) end
  end

  it("in a command suggests the nearest", function()
    assert_usage({ "upgrde" }, "there is no command `upgrde`", "Did you mean `curlew upgrade`?")
    assert_usage({ "hist" }, "there is no command `hist`", "Did you mean `curlew history`?")
  end)
  it("in an option suggests the nearest", function()
    assert_usage({ "history", "--indicate-curent" }, "there is no option --indicate-curent", "--indicate-current?")
    assert_usage({ "--sql", "upgrade" }, "stands before the command", "upgrade")
  end)
  it("in the number of arguments shows the usage", function()
    assert_usage({ "downgrade" }, "`curlew downgrade` needs REV", "Usage: curlew downgrade [OPTION]... REV")
    assert_usage({ "heads", "x" }, "does not take the argument \"x\"")
  end)
  it("in a value says what is allowed", function()
    assert_usage({ "--format", "xml", "heads" }, "--format must be text or json, not \"xml\"")
    assert_usage({ "upgrade", "--tag" }, "--tag needs a value: TAG")
    assert_usage({ "resolve", "a" }, "--applied, --not-applied and --forget")
    assert_usage({ "stamp", "a", "--sql", "--purge" }, "--purge")
    assert_usage({ "heads", "-x", "=1" }, "-x needs KEY=VALUE")
  end)
  it("is told in JSON where that was asked for", function()
    local r = run("upgrde", "--format", "json")
    assert.equal(2, r.code)
    assert.equal("", r.err)
    local e = e2e.json(r.out).error
    assert.equal("usage", e.code)
    assert.matches("upgrde", e.message)
    assert.matches("curlew upgrade", e.hint)
  end)
end)

describe("the configuration", function()
  after_each(e2e.cleanup)

  it("that is missing is exit 3 and says how to start", function()
    local dir = e2e.folder()
    for _, command in ipairs { "heads", "history", "current", "upgrade", "status", "revision" } do
      local r = run { command, cwd = dir }
      assert.equal(3, r.code, command)
      assert.is_truthy(r.err:find("there is no curlew.lua in " .. dir, 1, true), r.err)
      assert.is_truthy(r.err:find("curlew init", 1, true), r.err)
    end
    assert.equal("no_config", e2e.json(run { "heads", "--format=json", cwd = dir }.out).error.code)
  end)

  it("is found in a folder above, by $CURLEW_CONFIG and by -c", function()
    local p = e2e.project()
    p:revision { "aaaa1", title = "first" }
    p:write("deep/er/file", "")
    local wanted = p:run("heads").out
    assert.equal("aaaa1 (head)\n", wanted)
    assert.equal(wanted, run { "heads", cwd = p:path("deep/er") }.out)
    assert.equal(wanted, run { "heads", cwd = "/", env = { CURLEW_CONFIG = p:path("curlew.lua") } }.out)
    assert.equal(wanted, run { "heads", "-c", p:path("curlew.lua"), cwd = "/" }.out)
    local r = run { "heads", "-c", p:path("nothing.lua"), cwd = p.dir }
    assert.equal(3, r.code)
    assert.matches("nothing%.lua %(given by %-c%) does not exist", r.err)
  end)

  it("is checked key by key", function()
    local function told(text)
      local r = e2e.project { curlew_lua = text, url = false }:run("heads")
      assert.equal(3, r.code, r.err)
      return r.err
    end
    local err = told("return { migratons = 'm' }")
    assert.matches("there is no setting `migratons`", err)
    assert.matches("Did you mean `migrations`%?", err)
    assert.matches("`transaction` must be one of", told("return { transaction = 'some' }"))
    assert.matches("returns number", told("return 5"))
    assert.matches("%(curlew%.lua:2%)", told("return {\n  url = = 1,\n}"))
    assert.matches("out of cheese.*curlew%.lua:2", told("\nerror('out of cheese')"))
  end)

  it("may be a function of -x and the command", function()
    local p = e2e.project { url = false, curlew_lua = [[
      return function(arg)
        assert(arg.command == "heads" and arg.offline == false and arg.x.flag == true)
        return { migrations = arg.x.dir }
      end]] }
    p:revision { "aaaa1", path = "elsewhere/versions/a.lua" }
    assert.equal("aaaa1 (head)\n", p:run("heads", "-x", "dir=elsewhere", "-x", "flag").out)
  end)

  it("needs a url only to connect", function()
    local p = e2e.project { url = false }
    p:revision { "aaaa1" }
    assert.equal(0, p:run("heads").code)
    assert.equal(0, p:run("history").code)
    local r = p:run("current")
    assert.equal(3, r.code)
    assert.matches("url", r.err)
  end)

  it("gives way to --url", function()
    local p = e2e.project { url = "sqlite:////nowhere/at/all.db" }
    local url = e2e.database()
    p:revision { "aaaa1" }
    local r = p:run("upgrade", "--url", url)
    assert.equal(0, r.code, r.err)
    assert.same({ { "aaaa1" } }, e2e.sql(url, "SELECT version_num FROM curlew_version"))
  end)
end)

describe("output", function()
  after_each(e2e.cleanup)

  it("is plain when redirected, and coloured when asked for", function()
    local p = e2e.project { url = false }
    p:revision { "aaaa1", labels = "main" }
    assert.is_nil(p:run("heads").out:find("\27", 1, true))
    assert.matches("\27%[33maaaa1\27%[0m", p:run("heads", "--color", "always").out)
    assert.is_nil(p:run("nonsense").err:find("\27", 1, true))
  end)

  it("with -q is the result alone", function()
    local p = e2e.project()
    p:revision { "aaaa1" }
    local r = p:run("upgrade", "-q")
    assert.equal(0, r.code)
    assert.equal("", r.out .. r.err)
    assert.equal("aaaa1 (head)\n", p:run("current", "--quiet").out)
  end)

  it("survives a reader that goes away, and tells of a full disk", function()
    local p = e2e.project { url = false }
    p:revision { "aaaa1" }
    local bin = process.quote(e2e.bin)
    local r = process.run("bash", { "-c", bin .. " history | true; echo ${PIPESTATUS[0]}", cwd = p.dir })
    assert.equal("0\n", r.out, r.err)
    assert.equal("", r.err)
    r = process.run("bash", { "-c", bin .. " history >/dev/full", cwd = p.dir })
    assert.equal(1, r.code)
    assert.matches("could not be written", r.err)
  end)

  it("cleans what files say before a terminal sees it", function()
    local p = e2e.project { url = false }
    p:revision { "aaaa1", title = "red \27[31m and \255 bad" }
    assert.equal("<base> -> aaaa1 (head), red ?[31m and \u{FFFD} bad\n", p:run("history").out)
    assert.equal("red \27[31m and \u{FFFD} bad", p:json("history").json.history[1].title)
  end)
end)
