--- Every shell block of docs/models.md, typed in order into one shell in an empty folder.
local e2e = require "support.e2e"
local process = require "support.process"

describe("the guide to models on " .. e2e.db, function()
  after_each(e2e.cleanup)

  it("has commands that run and leave the database as its last models say", function()
    local folder, url = e2e.folder(), e2e.database()
    local bin = e2e.bin:match("^/") and e2e.bin or (process.capture("pwd"):gsub("\n", "") .. "/" .. e2e.bin)
    local script = {
      "set -e",
      "unset CURLEW_CONFIG",
      "export DATABASE_URL=" .. process.quote(url),
      "cd " .. process.quote(folder),
      "curlew() { echo \"\\$ curlew $*\" >&2; " .. process.quote(bin) .. " \"$@\"; }",
    }
    local page = e2e.read((os.getenv("CURLEW_SOURCE_DIR") or ".") .. "/docs/models.md")
    for block in page:gmatch("```sh\n(.-)```") do script[#script + 1] = block end
    assert.equal(11, #script)
    e2e.write(folder .. "/tour.sh", table.concat(script, "\n"))
    local r = process.run("bash", { folder .. "/tour.sh", cwd = folder })
    assert.equal(0, r.code, r.out .. r.err)
    assert.matches('op.alter_column%("articles", "handle",%s+{ .-new_column_name = "slug" }%)', r.out)
    assert.same({ { "b2" } }, e2e.sql(url, "SELECT version_num FROM curlew_version"))
    assert.same({}, e2e.sql(url, "SELECT slug FROM articles"))
  end)
end)
