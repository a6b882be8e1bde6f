--- What a run shows while it goes on: lines and events, a terminal's progress line, waiting for a server
--- or for another runner, Ctrl-C.
local e2e = require "support.e2e"
local process = require "support.process"
local server = require "support.server"

describe("a run", function()
  after_each(e2e.cleanup)

  it("prints a line for each move and one summary", function()
    local p = e2e.project()
    p:revision { "aaaa1", title = "create account table" }
    p:revision { "bbbb2", title = "" }
    p:revision { "cccc3", title = "side", parent = "aaaa1" }
    p:revision { "dddd4", title = "merge", parent = { "bbbb2", "cccc3" } }
    local r = p:run("upgrade")
    assert.equal("", r.out)
    assert.matches("^upgrade    <base> %-> aaaa1  create account table  %d+ ms\n"
      .. "upgrade    aaaa1 %-> bbbb2  %d+ ms\nupgrade    aaaa1 %-> cccc3  side  %d+ ms\n"
      .. "upgrade    bbbb2, cccc3 %-> dddd4  merge  %d+ ms\n"
      .. "4 revisions applied in [^\n]+: the database is at dddd4\n$", r.err)
    assert.matches("nothing to do: the database is at dddd4\n$", p:run("upgrade").err)
    assert.matches("aaaa1 is already applied", p:run("upgrade", "aaaa1").err)
    r = p:run("downgrade", "base")
    assert.matches("downgrade  aaaa1 %-> <base>  create account table  %d+ ms\n"
      .. "4 revisions reverted in [^\n]+: the database is at base\n$", r.err)
    assert.matches("^stamp      <base> %-> dddd4  %d+ ms\nstamped in [^\n]+: the database is at dddd4\n$",
      p:run("stamp", "head").err)
  end)

  it("prints one object a line with --format json", function()
    local p = e2e.project()
    p:revision { "aaaa1", title = "one", up = [[op.execute("CREATE TABLE t (a integer)")]] }
    p:revision { "bbbb2", title = "two" }
    local r = p:json("upgrade")
    assert.equal("", r.err)
    local kinds = {}
    for _, event in ipairs(r.events) do kinds[#kinds + 1] = event.event end
    assert.same({ "start", "migration_start", "step", "migration_end", "migration_start", "migration_end", "end" }, kinds)
    assert.equal("upgrade", r.events[1].command)
    assert.equal(2, r.events[1].total)
    assert.equal("aaaa1", r.events[2].revision)
    assert.same({}, r.events[2].down_revision)
    assert.equal("one", r.events[2].title)
    assert.equal("execute", r.events[3].operation)
    assert.equal(1, r.events[3].step)
    assert.is_number(r.events[4].duration_ms)
    assert.same({ "aaaa1" }, r.events[5].down_revision)
    assert.same({ "bbbb2" }, r.events[7].current)
    r = p:json("stamp", "base")
    assert.equal("end", r.events[#r.events].event)
    assert.same({}, r.events[#r.events].current)
    r = p:json("upgrade", "--sql")
    assert.matches("CREATE TABLE t", r.json.sql)
  end)

  it("tells every step with -v", function()
    local p = e2e.project()
    p:revision { "aaaa1", up = [[op.create_table("t", { { "id", types.integer, primary_key = true } })]] }
    assert.matches("\n  step 1  create_table t\n", "\n" .. p:run("upgrade", "-v").err)
  end)

  it("shows where it is on a terminal, in colour unless $NO_COLOR", function()
    local p = e2e.project()
    p:revision { "aaaa1", title = "long work", up = [[os.execute("sleep 0.3")]] }
    local function on_terminal(words, environment)
      local command = environment .. " TERM=xterm " .. process.quote(e2e.bin) .. " " .. words
      return process.run("script", { "-qec", command, "/dev/null", cwd = p.dir }).out
    end
    local out = on_terminal("upgrade", "")
    assert.is_truthy(out:find("\r\27[Kupgrade 1/1 aaaa1  long work\r\27[Kupgrade    <base> -> aaaa1", 1, true), out)
    assert.is_truthy(on_terminal("heads", ""):find("\27[33maaaa1\27[0m", 1, true))
    assert.is_nil(on_terminal("heads", "NO_COLOR=1"):find("\27[", 1, true))
    assert.is_nil(on_terminal("heads --color never", ""):find("\27[", 1, true))
  end)

  it("may get its url, and its databases, from a function", function()
    local url = e2e.database()
    local p = e2e.project { url = false, config = ("url = function() print('asked') return %q end,"):format(url) }
    p:revision { "aaaa1" }
    assert.equal("aaaa1 (head)\n", p:run("heads").out)
    assert.equal(0, p:run("upgrade").code)
    assert.equal("aaaa1 (head)\n", (p:run("current").out:gsub("asked\n", "")))
    p:write("curlew.lua", ("return { databases = function() print('asked') return { { name = 'x', url = %q } } end }")
      :format(url))
    assert.equal("aaaa1 (head)\n", p:run("heads").out)
    assert.equal("aaaa1 (head)\n", (p:run("current").out:gsub("asked\n", "")))
  end)

  it("is exit 5 when another one holds the lock too long", function()
    local p = e2e.project { config = "lock = { timeout = '500ms' }," }
    p:revision { "aaaa1", up = [[io.stderr:write("inside\n") op.execute("CREATE TABLE t (a integer)") os.execute("sleep 4")]] }
    local first = p:start("upgrade")
    assert.is_true(first:expect("inside"))
    local r = p:run("upgrade")
    assert.equal(5, r.code, r.err)
    local result = first:wait()
    assert.equal(0, result.code, result.err)
    assert.same({ "aaaa1" }, p:rows())
    assert.equal(0, p:run("upgrade").code)
  end)

  it("is exit 7 when it is interrupted, and goes on the next time", function()
    local p = e2e.project()
    p:revision { "aaaa1" }
    p:revision { "bbbb2", up = [[if not ctx.x.quick then io.stderr:write("inside\n") while true do end end]] }
    local job = p:start("upgrade")
    assert.is_true(job:expect("inside"))
    job:signal("INT")
    local r = job:wait()
    assert.equal(7, r.code, r.err)
    assert.same({ "aaaa1" }, p:rows())
    r = p:run("upgrade", "-x", "quick")
    assert.equal(0, r.code, r.err)
    assert.same({ "bbbb2" }, p:rows())
  end)

  if e2e.db ~= "sqlite" then
    it("waits for a server that comes up late", function()
      local url = e2e.database()
      local parts = server.parts(url)
      -- Listens on a free port only after a second, and passes everything on to the server.
      local proxy = process.start("perl", { "-MIO::Socket::INET", "-MIO::Select", "-e", ([[
        $| = 1; $SIG{CHLD} = 'IGNORE';
        my $port = do { my $s = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1'); $s->sockport };
        print "$port\n"; sleep 1;
        my $l = IO::Socket::INET->new(Listen => 5, LocalAddr => '127.0.0.1', LocalPort => $port, ReuseAddr => 1) or die;
        while (my $c = $l->accept) {
          next if fork;
          my $u = IO::Socket::INET->new(PeerAddr => '%s', PeerPort => %s) or exit 1;
          my $set = IO::Select->new($c, $u);
          while (my @ready = $set->can_read) {
            for my $from (@ready) {
              sysread($from, my $data, 65536) or exit 0;
              my $to = $from == $c ? $u : $c;
              while (length $data) { my $n = syswrite($to, $data) or exit 0; substr($data, 0, $n, '') }
            }
          }
        }]]):format(parts.host, parts.port) })
      assert.is_true(proxy:expect("%d+\n"))
      local late = url:gsub(":" .. parts.port .. "/", ":" .. proxy:out():match("%d+") .. "/")
      local p = e2e.project { url = late }
      p:revision { "aaaa1" }
      local refused = p:run("current")
      local r = p:run { "upgrade", "--wait", "20s", timeout = 40 }
      proxy:kill()
      assert.equal(4, refused.code, refused.err)
      assert.equal(0, r.code, r.err)
      p.url = url
      assert.same({ "aaaa1" }, p:rows())
    end)
  end
end)
