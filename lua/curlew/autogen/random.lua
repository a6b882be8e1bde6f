--- Eight hexadecimal digits that nobody else has at the moment: names of scratch objects.

return function()
  local source <close> = assert(io.open("/dev/urandom", "rb"))
  return ("%02x%02x%02x%02x"):format(source:read(4):byte(1, 4))
end
