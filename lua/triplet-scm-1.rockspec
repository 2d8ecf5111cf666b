rockspec_format = "3.0"
package = "triplet"
version = "scm-1"
-- `luarocks make lua/triplet-scm-1.rockspec` builds the checkout it is called in and fetches nothing.
source = { url = "git+file://." }
description = {
  summary = "Metric learning: the triplet margin loss, its exact gradient, mining and training",
  detailed = "The module needs nothing but Lua; the command triplet also needs argparse.",
  license = "MIT",
}
supported_platforms = { "linux" }
dependencies = { "lua >= 5.4" }
build = {
  type = "builtin",
  modules = {
    ["triplet.core"] = {
      sources = {
        "core/batch.c",
        "core/context.c",
        "core/dataset.c",
        "core/dispatch.c",
        "core/distance.c",
        "core/encoder.c",
        "core/json.c",
        "core/keys.c",
        "core/kernels_avx2.c",
        "core/kernels_base.c",
        "core/margin.c",
        "core/math.c",
        "core/memory.c",
        "core/metrics.c",
        "core/mining.c",
        "core/model.c",
        "core/nearest.c",
        "core/optimizer.c",
        "core/options.c",
        "core/parallel.c",
        "core/random.c",
        "core/sampler.c",
        "core/selection.c",
        "core/trainer.c",
        "lua/src/arguments.c",
        "lua/src/data.c",
        "lua/src/losses.c",
        "lua/src/matrix.c",
        "lua/src/memory.c",
        "lua/src/module.c",
        "lua/src/network.c",
        "lua/src/search.c",
        "lua/src/training.c",
      },
      incdirs = { "core" },
      defines = { "TRIPLET_STATIC" },
      libraries = { "m", "pthread" },
    },
    ["triplet.command.dataset"] = "lua/triplet/command/dataset.lua",
    ["triplet.command.embed"] = "lua/triplet/command/embed.lua",
    ["triplet.command.embedding"] = "lua/triplet/command/embedding.lua",
    ["triplet.command.fail"] = "lua/triplet/command/fail.lua",
    ["triplet.command"] = "lua/triplet/command/init.lua",
    ["triplet.command.outputs"] = "lua/triplet/command/outputs.lua",
    ["triplet.command.picture"] = "lua/triplet/command/picture.lua",
    ["triplet.command.train"] = "lua/triplet/command/train.lua",
    ["triplet.csv"] = "lua/triplet/csv.lua",
    ["triplet.frames"] = "lua/triplet/frames.lua",
    ["triplet"] = "lua/triplet/init.lua",
    ["triplet.progress"] = "lua/triplet/progress.lua",
    ["triplet.projection"] = "lua/triplet/projection.lua",
    ["triplet.show"] = "lua/triplet/show.lua",
    ["triplet.svg"] = "lua/triplet/svg.lua",
  },
  install = { bin = { triplet = "lua/bin/triplet" } },
}
