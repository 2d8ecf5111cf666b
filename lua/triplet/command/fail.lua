--- How a command gives up: fail(format, ...) when the world is not as it should be, fail.usage when the command line is
--- not. The entry of the program turns either into one line on standard error and an exit code.

local fail = {}

function fail.usage(format, ...)
  error({ message = format:format(...), code = 2 })
end

return setmetatable(fail, {
  __call = function(_, format, ...)
    error({ message = format:format(...), code = 1 })
  end,
})
