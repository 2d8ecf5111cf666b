# triplet. `make help` lists what can be made. Everything made lies below build/; config=sanitize makes the same of the
# same sources under AddressSanitizer and UndefinedBehaviorSanitizer, below build/sanitize/.

PREFIX  = /usr/local
DATA    = iris
PORT    = 8080
CFLAGS  = -O2 -g
LUA     = lua5.4
LUA_INC = $(or $(firstword $(wildcard /usr/include/$(LUA) /usr/include/$(LUA)-*)),/usr/include/$(LUA))
PYTHON  = /usr/bin/python3
MPICC   = mpicc

# Where Debian's lua5.4 has no build for the system: its sources, which are fetched, and the DLL that is made of them.
LUA_SRC = build/lua-wasm/source/unpacked/src
LUA_DLL = $(build)/lua54.dll

# Some shells, zsh and dash among them, hand on the ~ of PREFIX=~/x as it is.
ifneq ($(filter ~/%,$(firstword $(PREFIX))),)
override PREFIX := $(HOME)$(patsubst ~%,%,$(PREFIX))
endif

# Where Lua finds the module and a shell the command; luarocks has places of its own.
LUA_SHARE = $(PREFIX)/share/lua/$(lua_version)
LUA_LIB   = $(PREFIX)/lib/lua/$(lua_version)
BIN       = $(PREFIX)/bin
lua_version = $(or $(shell $(LUA) -e 'io.write(_VERSION:match("%d+[.]%d+"))' 2> /dev/null),5.4)

# What the command tells of itself: its manual, and what makes shells complete its words.
man  = share/man/man1/triplet.1
bash = share/bash-completion/completions/triplet
zsh  = share/zsh/site-functions/_triplet
fish = share/fish/vendor_completions.d/triplet.fish

config = plain
ifeq ($(config),sanitize)
build  = build/sanitize
CFLAGS = -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined,float-cast-overflow -fno-sanitize-recover=all
else ifeq ($(config),coverage)
build   = build/coverage
# What is inlined elsewhere is a function here, lest each place that calls it have branches of its own.
CFLAGS  = -O1 -g -fno-inline -Dalways_inline=unused
covered = --coverage -fprofile-update=atomic
LDFLAGS = --coverage
else ifeq ($(config),fuzz)
build  = build/fuzz
CC     = clang
CFLAGS = -O2 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
else ifeq ($(config),memory)
build  = build/memory
CC     = clang
CFLAGS = -O1 -g -fno-omit-frame-pointer -fsanitize=memory -fsanitize-memory-track-origins
else ifeq ($(config),thread)
build  = build/thread
CC     = clang
CFLAGS = -O1 -g -fno-omit-frame-pointer -fsanitize=thread
else ifeq ($(config),plain)
build  = build
else
$(error config is plain, sanitize, coverage, fuzz, memory or thread, not "$(config)")
endif

# What is built for another Lua than 5.4 lies in a folder of its name, and all share the core.
home = $(build)$(patsubst %,/%,$(filter-out lua5.4,$(notdir $(LUA))))
luas = lua5.1 lua5.2 lua5.3 lua5.4 luajit

# So does what belongs to another MPI than that of mpicc, with a command that finds it.
of_mpi      = $(patsubst %,/%,$(filter-out mpicc,$(notdir $(MPICC))))
mpi_library = $(build)$(of_mpi)/libtriplet_mpi.a
mpi_module  = $(home)$(of_mpi)/lua/triplet/mpi.so
mpi         = $(mpi_library) $(mpi_module) $(home)$(of_mpi)/triplet
mpi_objects = $(build)$(of_mpi)/core/mpi/triplet_mpi.o $(home)$(of_mpi)/lua/mpi/module.o
# What its compiler hands to the one it calls; its headers are not ours to warn of.
mpi_shown   = $(shell $(MPICC) -show)
mpi_headers = $(patsubst -I%,-isystem %,$(filter -I%,$(mpi_shown)))
mpi_libs    = $(filter -L% -l% -Wl$(comma)%,$(mpi_shown))

in_parallel = $(MAKE) --no-print-directory --jobs=$(shell nproc 2> /dev/null || echo 1) --output-sync

# What speaks TAP fails where a test of it does.
tap = | awk '{ print; fflush() } /^not ok/ { failed = 1 } END { exit failed }'

version := $(shell sed -n 's/^\#define TRIPLET_VERSION "\(.*\)"/\1/p' core/triplet.h)
# Sums of float are to be float, also where C11 lets a compiler take them wider.
machine := $(shell $(CC) -dumpmachine)
exact    = $(if $(filter i386-% i486-% i586-% i686-%,$(machine)),-msse2 -mfpmath=sse) \
           $(if $(filter s390x-%,$(machine)),-fexcess-precision=fast) $(unaligned)
compile  = $(CC) -std=c11 -Wall -Wextra -Wno-psabi $(exact) -fPIC -pthread -Icore -MMD -MP $(CPPFLAGS) $(CFLAGS)
link     = $(CC) -pthread $(static) $(CFLAGS) $(LDFLAGS)

# What a system calls libraries and where it looks for them, what its linker is told, and what starts the command.
comma = ,
major := $(firstword $(subst ., ,$(version)))
library_folder = lib
pc_prefix      = $(PREFIX)
ifneq ($(filter %-mingw32 %-windows-gnu,$(machine)),)
library      = libtriplet.dll
installed    = $(library)
module       = core.dll
imports      = $(library).a
library_folder = bin
pc_prefix    = $${pcfiledir}/../..
link_library = -shared -Wl,--out-implib,$@.a -Wl,--no-insert-timestamp
link_module  = -shared -Wl,--no-insert-timestamp
static       = -static
start        = triplet.cmd
exports      = $(build)/libtriplet.def
exported     = $(build)/core.def $(LUA_DLL)
# GCC takes the stack to be aligned to 32 bytes, which it is not there: its bug 54412.
unaligned    = $(if $(filter %-mingw32,$(machine)),-Wa$(comma)-muse-unaligned-vector-move)
else ifneq ($(findstring -darwin,$(machine)),)
library      = libtriplet.dylib
installed    = libtriplet.$(version).dylib
soname       = libtriplet.$(major).dylib
module       = core.so
link_library = -dynamiclib -install_name "$(PREFIX)/lib/$(soname)"
link_module  = -bundle -undefined dynamic_lookup -Wl,-exported_symbol,_luaopen_triplet_core
else
library      = libtriplet.so
installed    = libtriplet.so.$(version)
soname       = libtriplet.so.$(major)
module       = core.so
link_library = -shared -Wl,-soname,$(soname)
# It stays in memory when a state closes: Lua 5.1 lets go of a module before the last finalizers, which may call it.
link_module  = -shared -Wl,--exclude-libs,ALL -Wl,-z,nodelete
endif

# The Debian packages that each job needs: tests/need installs those that are missing.
need_lua5.1 = lua5.1 liblua5.1-0-dev
need_luajit = luajit libluajit-5.1-dev
need_lua   = $(foreach lua,$(1),$(or $(need_$(lua)),$(lua) lib$(lua)-dev))
need_build = gcc libc6-dev $(call need_lua,$(LUA))
need_train = $(need_build) lua-argparse
need_test  = $(need_train) $(call need_lua,$(luas)) $(need_dist) clang cmake g++ libcmocka-dev locales lua-busted \
             lua-dkjson luarocks pkgconf qemu-user strace $(need_cross) \
             $(if $(filter plain,$(config)),$(need_npm) chromium firefox-esr webkit2gtk-driver xvfb xauth neovim love \
             libpcre2-8-0 libssl3 $(need_mpi))
need_node  = $(if $(shell command -v node),,nodejs) $(if $(shell command -v npm),,npm)
need_npm   = emscripten dpkg-dev $(need_node)
need_lint  = $(need_build) $(need_mpi) $(call need_lua,$(luas)) clang clang-format git libcmocka-dev lua-check \
             $(need_node)
need_fuzz  = $(need_build) clang libclang-rt-14-dev libcmocka-dev
need_long  = $(need_fuzz) $(call need_lua,$(luas)) $(need_npm) locales valgrind
need_peers = luajit libopenblas0 python3-torch python3-venv
need_dist  = git unzip zip lua-argparse $(need_mingw)
need_systems = $(need_build) $(need_cross) lua-busted qemu-user musl-tools gcc-i686-linux-gnu libc6-dev-i386-cross \
               gcc-arm-linux-gnueabihf libc6-dev-armhf-cross gcc-riscv64-linux-gnu libc6-dev-riscv64-cross \
               gcc-s390x-linux-gnu libc6-dev-s390x-cross
need_mpi   = $(if $(shell command -v $(MPICC)),,libopenmpi-dev openmpi-bin)
need_ranks = $(need_train) $(call need_lua,$(luas)) libopenmpi-dev openmpi-bin libmpich-dev mpich iproute2
need_coverage = $(need_build) $(need_mpi) $(need_npm) libcmocka-dev locales lua-busted lua-dkjson lua-argparse gcovr \
                llvm
need_mutants = gcc libc6-dev lua5.4 libcmocka-dev locales
need_mingw = gcc-mingw-w64-x86-64-win32 dpkg-dev
need_windows = $(need_train) $(need_mingw) wine64 cmake lua-busted
need_cross = $(if $(filter x86_64,$(shell uname -m)),gcc-aarch64-linux-gnu libc6-dev-arm64-cross)

core     := $(patsubst %.c,$(build)/%.o,$(wildcard core/*.c))
binding  := $(patsubst %.c,$(home)/%.o,$(wildcard lua/src/*.c))
tests    := $(patsubst %.c,$(build)/%,$(wildcard tests/core/test_*.c))
shared   := $(patsubst %.c,$(build)/%.o,$(filter-out $(wildcard tests/core/test_*.c),$(wildcard tests/core/*.c)))
benches  := $(patsubst %.c,$(build)/%.o,$(wildcard tests/bench/*.c))
examples := $(patsubst %.c,$(build)/%,$(wildcard core/examples/*.c))
fuzzers  := $(patsubst %.c,$(build)/%,$(wildcard tests/fuzz/fuzz_*.c))
replays  := $(subst /fuzz_,/replay_,$(fuzzers))
fuzzing  := $(fuzzers:=.o) $(build)/tests/fuzz/replay.o
objects  := $(core) $(binding) $(shared) $(tests:=.o) $(benches) $(examples:=.o) $(fuzzing) $(build)/tests/bits/bits.o \
            $(home)/tests/lua/allocations.o
scripts  := $(patsubst lua/%,%,$(shell find lua/triplet -name '*.lua' 2>/dev/null))
lua      := $(if $(binding),$(home)/lua/triplet/$(module)) \
            $(addprefix $(home)/,$(if $(wildcard lua/bin/triplet),triplet $(start)))

all: able $(build)/libtriplet.a $(build)/$(library) $(lua) ## build libraries, Lua module and command (default)

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z]*:.*## / { printf "%-14s%s\n", $$1, $$2 }' Makefile

demo: web ## install what is missing, build all and serve the page on http://localhost:8080 (PORT=)
	@web/node_modules/.bin/vite preview web --host 127.0.0.1 --port $(PORT) --strictPort

train: ## train and evaluate in the terminal on DATA=iris (default) or DATA=digits
	@tests/need $(need_train)
	@$(MAKE) --no-print-directory all
	$(home)/triplet train tests/data/$(DATA).csv --label $(label) --out $(build)/$(DATA)-embedding.csv \
	  --model $(build)/$(DATA).safetensors --plot $(build)/$(DATA).svg
train: label = $(or $(label_$(DATA)),$(error DATA is iris or digits, not "$(DATA)"))
label_iris   = species
label_digits = digit

test: ## install what is missing and run every test; config=sanitize test: under ASan and UBSan
	@tests/need $(need_test)
	@$(in_parallel) all programs $(if $(filter plain,$(config)),web environments $(mpi) $(nginx))
	@for lua in $(if $(filter plain,$(config)),$(luas)); do $(in_parallel) LUA=$$lua lua lua_programs || exit; done
	@$(if $(filter plain,$(config)),$(in_parallel) release_for_windows)
	@tests/run $(build)

lint: ## warnings of gcc and clang as errors, clang-format, luacheck, eslint, types and the rules of the house
	@tests/need $(need_lint)
	@$(MAKE) --no-print-directory wasm/node_modules/.package-lock.json web/node_modules/.package-lock.json
	@status=0; for cc in gcc clang; do for lua in $(luas); do \
	  $(in_parallel) -ks build=build/lint/$$cc CC=$$cc CFLAGS="-O2 -Wpedantic -Werror" LUA=$$lua objects \
	    mpi_objects || status=1; \
	done; done; tests/lint || status=1; exit $$status

trust: ## what takes too long to be asked of every change, one after another
	@$(MAKE) --no-print-directory coverage
	@$(MAKE) --no-print-directory mutants
	@$(MAKE) --no-print-directory planted
	@$(MAKE) --no-print-directory fuzz
	@$(MAKE) --no-print-directory long
	@tests/world $(tap)
	@$(MAKE) --no-print-directory ranks
	@$(MAKE) --no-print-directory soak

coverage: ## count what of C and JavaScript the tests run, and fail where it is too little
	@tests/need $(need_coverage)
	@$(in_parallel) $(patsubst %,$(counted)/%.wasm,simd/triplet scalar/triplet loss/triplet pack unpack) \
	  $(patsubst %,%/node_modules/.package-lock.json,wasm web)
	@$(in_parallel) config=coverage all programs
	@$(MAKE) --no-print-directory config=coverage mpi
	@tests/coverage/run c
	@tests/coverage/run javascript

mutants: ## change the core in 300 small ways, and see whether its tests notice
	@tests/need $(need_mutants)
	@$(in_parallel) build=build/mutants CFLAGS=-O1 core_tests build/mutants/tests/bits/bits
	@lua5.4 tests/mutants/run.lua build/mutants

ranks: ## compare the bits of 1 to 8 ranks of Open MPI and MPICH, on 3 hosts, too, and kill 50: a quarter of an hour
	@tests/need $(need_ranks)
	@$(in_parallel) all
	@tests/mpi/run long

fuzz: npm ## look for bytes that break what tests/fuzz promises, TIME=60 seconds a target; only= one of the targets
	@tests/need $(need_fuzz)
	@$(in_parallel) config=fuzz fuzzers
	@tests/fuzz/run build/fuzz $(TIME) $(only)

fuzz: TIME = 60

planted: npm ## plant the faults of tests/fuzz/planted.txt in core and page, each of which its fuzz target has to find
	@tests/need $(need_fuzz)
	@$(in_parallel) config=fuzz fuzzers
	@$(MAKE) -s --no-print-directory config=fuzz find_planted

long: all ## the tests of what takes a while: every allocation under Lua, more pairs than 2^31; MSan, TSan and valgrind
	@tests/need $(need_long)
	@for config in memory thread; do $(in_parallel) config=$$config core_tests || exit; done
	@$(in_parallel) build/lua-wasm/short/npm/lua.js
	@tests/long

systems: ## compare the bits of other architectures, which qemu runs, and of musl, and their Luas: some minutes each
	@tests/need $(need_systems)
	@{ tests/bits/run systems; tests/lua/systems; } $(tap)

windows: ## build libraries, module, command and a Lua for Windows, build/windows/, and test them under wine
	@tests/need $(need_windows)
	@$(MAKE) --no-print-directory all release_for_windows build/core/examples/first_loss
	+@$(for_windows) build/windows/tests/bits/bits
	@tests/windows $(tap)

soak: ## let Lua, Node.js and the page work for an hour, or TIME= seconds: the same bits, and no more memory
	@tests/need $(need_train) $(need_npm) chromium
	@$(MAKE) --no-print-directory all web
	@eval "$$($(MAKE) -s --no-print-directory env)"; LUA=$(LUA) node tests/soak/run.mjs $(TIME)
soak: TIME = 3600

mpi: ## build libtriplet_mpi and the Lua module triplet.mpi, by which ranks work together; MPICC=mpicc
	@tests/need $(need_build) $(need_mpi)
	@$(in_parallel) all $(mpi)

bench: ## measure speed beside its peers, to build/bench.json; only= a row, or those with that in their names
	@tests/need $(need_npm)
	@$(MAKE) --no-print-directory all npm $(build)/tests/bench/native
	@node tests/bench/run.mjs "$(only)"

peers: ## install what bench compares with, into .peers/ and tests/bench/node_modules/, 1.5 GB
	@tests/need $(need_npm) $(need_peers)
	@$(MAKE) --no-print-directory tests/bench/node_modules/.package-lock.json \
	  .peers/python/installed .peers/torch/installed

figures: ## write README's words and picture of speed from build/bench.json, the last whole run of bench
	@tests/need $(need_node)
	@node tests/bench/publish.mjs

npm: ## build the npm package for JavaScript, build/npm/
	@tests/need $(need_npm)
	@$(MAKE) --no-print-directory build/npm/THIRD_PARTY_LICENSES build/wasm/simd/bits.js build/wasm/scalar/bits.js

environments: tests/environments/node_modules/.package-lock.json

web: npm ## build the demo's page, static files for any server, build/web/
	@$(MAKE) --no-print-directory build/web/index.html web/node_modules/.package-lock.json

evaluate: all ## print the README's tables; PYTHON= with scikit-learn for its methods, TABLES= a folder for more sets
	@TRIPLET_BUILD=$(build) $(LUA) tests/evaluation/held_out.lua
	@eval "$$($(MAKE) -s --no-print-directory env)"; $(LUA) tests/evaluation/losses.lua; \
	  TRIPLET_BUILD=$(build) PYTHON="$(PYTHON)" TABLES="$(TABLES)" LIMIT="$(LIMIT)" $(LUA) tests/evaluation/protocol.lua

evaluate: LIMIT = 600

options: all ## write what is made from core/options.c: annotations of Lua, types of JavaScript, the page's explanations
	@eval "$$($(MAKE) -s --no-print-directory env)"; $(LUA) tests/options.lua --write

env: ## print the lines that let Lua use this checkout: eval "$(make env)"
	@echo 'export LUA_PATH="$(CURDIR)/lua/?.lua;$(CURDIR)/lua/?/init.lua;$${LUA_PATH:-;}"'
	@echo 'export LUA_CPATH="$(CURDIR)/$(home)/lua/?.so;$${LUA_CPATH:-;}"'

install: all install_library install_module ## install below PREFIX=/usr/local (and DESTDIR=)
	@$(if $(start),,if $(LUA) -e 'require "argparse"' 2> /dev/null; then $(MAKE) --no-print-directory install_pages; else \
	  echo "No manual and no completion: the command and they need argparse, Debian's lua-argparse." >&2; fi)

install_library: $(build)/libtriplet.a $(build)/$(library)
	for folder in include lib/pkgconfig lib/cmake/triplet $(library_folder) share/doc/triplet; do \
	  mkdir -p "$(DESTDIR)$(PREFIX)/$$folder" || exit; done
	install -m 644 LICENSE "$(DESTDIR)$(PREFIX)/share/doc/triplet"
	install -m 644 core/triplet.h "$(DESTDIR)$(PREFIX)/include"
	install -m 644 $(build)/libtriplet.a "$(DESTDIR)$(PREFIX)/lib"
	install -m 755 $(build)/$(library) "$(DESTDIR)$(PREFIX)/$(library_folder)/$(installed)"
	$(if $(imports),install -m 644 $(build)/$(imports) "$(DESTDIR)$(PREFIX)/lib")
	for name in $(soname) $(library); do [ $$name = $(installed) ] || \
	  ln -sf $(installed) "$(DESTDIR)$(PREFIX)/$(library_folder)/$$name" || exit; done
	sed 's|@PREFIX@|$(pc_prefix)|; s|@VERSION@|$(version)|' core/triplet.pc.in > \
	  "$(DESTDIR)$(PREFIX)/lib/pkgconfig/triplet.pc"
	for file in triplet-config triplet-config-version; do \
	  sed 's|@LIBRARY@|$(library_folder)/$(installed)|; s|@VERSION@|$(version)|' core/$$file.cmake.in > \
	  "$(DESTDIR)$(PREFIX)/lib/cmake/triplet/$$file.cmake" || exit; done

install_mpi: mpi
	mkdir -p "$(DESTDIR)$(PREFIX)/include" "$(DESTDIR)$(PREFIX)/lib/pkgconfig" "$(DESTDIR)$(LUA_LIB)/triplet"
	install -m 644 core/mpi/triplet_mpi.h "$(DESTDIR)$(PREFIX)/include"
	install -m 644 $(mpi_library) "$(DESTDIR)$(PREFIX)/lib"
	sed 's|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(version)|' core/mpi/triplet_mpi.pc.in > \
	  "$(DESTDIR)$(PREFIX)/lib/pkgconfig/triplet_mpi.pc"
	install -m 755 $(mpi_module) "$(DESTDIR)$(LUA_LIB)/triplet"

install_pages: $(lua)
	for page in $(man) $(bash) $(zsh) $(fish); do mkdir -p "$(DESTDIR)$(PREFIX)/$${page%/*}" || exit; done
	$(LUA) $(home)/triplet manual > "$(DESTDIR)$(PREFIX)/$(man)"
	$(LUA) $(home)/triplet completion bash > "$(DESTDIR)$(PREFIX)/$(bash)"
	$(LUA) $(home)/triplet completion zsh > "$(DESTDIR)$(PREFIX)/$(zsh)"
	$(LUA) $(home)/triplet completion fish > "$(DESTDIR)$(PREFIX)/$(fish)"

install_module: lua
	mkdir -p "$(DESTDIR)$(LUA_LIB)/triplet" "$(DESTDIR)$(BIN)"
	install -m 755 $(home)/lua/triplet/$(module) "$(DESTDIR)$(LUA_LIB)/triplet"
	for script in $(scripts); do mkdir -p "$(DESTDIR)$(LUA_SHARE)/$${script%/*}" && \
	  install -m 644 lua/$$script "$(DESTDIR)$(LUA_SHARE)/$$script" || exit; done
	install -m 755 $(home)/triplet $(addprefix $(home)/,$(start)) "$(DESTDIR)$(BIN)"

dist: amalgamation npm web release_for_windows ## make what a release consists of, of the last commit, in build/dist/
	@tests/need $(need_dist)
	@.ci/dist

amalgamation: $(build)/amalgamation/triplet.c ## make the core one C file, build/amalgamation/triplet.c beside triplet.h

clean: ## remove build/
	rm -rf build

# ---- how each file is made ----------------------------------------------------------------------------------------

# Says what a bare machine lacks, before a compiler does.
able:
	@printf '#include <lauxlib.h>\n#if LUA_VERSION_NUM < 501\n#error\n#endif\n' | \
	  $(CC) $(CPPFLAGS) -I"$(LUA_INC)" -fsyntax-only -x c - 2> /dev/null || { \
	  echo "A C compiler, $(CC), and the headers of Lua 5.1 or newer or LuaJIT, in $(LUA_INC), are needed." >&2; \
	  echo "Debian has them: apt-get install $(need_train)" >&2; \
	  echo "Others are named by make CC= LUA_INC=" >&2; exit 1; }

lua: $(lua)
objects: $(objects)
mpi_objects: $(mpi_objects) $(build)/tests/mpi/engine.o
programs: core_tests $(examples) $(replays) lua_programs
core_tests: $(tests)
lua_programs: $(home)/tests/lua/allocations
fuzzers: $(fuzzers)

$(build)/%.o: %.c
	@mkdir -p $(@D)
	$(compile) -c -o $@ $<

$(binding): override CPPFLAGS += -I"$(LUA_INC)"
$(binding): $(home)/%.o: %.c | able
	@mkdir -p $(@D)
	$(compile) -c -o $@ $<

$(core): override CPPFLAGS += -Wshadow -Wconversion
$(core) $(binding): override CFLAGS += $(covered)

$(build)/amalgamation/triplet.c: core/amalgamate.lua $(wildcard core/*.[ch] core/*.inc)
	@mkdir -p $(@D)
	install -m 644 LICENSE core/triplet.h $(@D)
	$(LUA) $< > $@.part
	mv $@.part $@

$(build)/libtriplet.a: $(core)
	@rm -f $@
	$(AR) rcs $@ $^

$(build)/$(library): $(core) $(exports)
	$(link) $(link_library) -o $@ $^ -lm

$(home)/lua/triplet/$(module): $(binding) $(build)/libtriplet.a $(exported)
	@mkdir -p $(@D)
	$(link) $(link_module) -o $@ $^ -lm

# The module in a program whose malloc is its own.
lua_library = $(if $(filter luajit,$(notdir $(LUA))),luajit-5.1,$(notdir $(LUA)))

$(home)/tests/lua/allocations.o: override CPPFLAGS += -I"$(LUA_INC)"
$(home)/tests/lua/allocations.o: tests/lua/allocations.c | able
	@mkdir -p $(@D)
	$(compile) -c -o $@ $<

$(home)/tests/lua/allocations: $(home)/tests/lua/allocations.o $(binding) $(build)/libtriplet.a
	$(link) -Wl,--wrap=malloc,--wrap=free -o $@ $^ -l$(lua_library) -lm

$(home)/triplet: lua/bin/triplet
	@mkdir -p $(@D)
	sed '1s/lua5.4/$(notdir $(LUA))/' $< > $@
	@chmod +x $@

$(tests): %: %.o $(shared) $(build)/libtriplet.a
	$(link) -o $@ $^ -lcmocka -lm

$(fuzzing): override CPPFLAGS += -Itests/core
$(replays): $(build)/tests/fuzz/replay_%: $(build)/tests/fuzz/fuzz_%.o $(build)/tests/fuzz/replay.o $(shared) \
            $(build)/libtriplet.a
	$(link) -o $@ $^ -lcmocka -lm

$(fuzzers): %: %.o $(shared) $(build)/libtriplet.a
	$(link) -fsanitize=fuzzer -o $@ $^ -lcmocka -lm

find_planted:
	@$(LUA) tests/fuzz/planted.lua "$(compile)" "$(link) -fsanitize=fuzzer" $(build) "$(shared)" "$(only)"

$(build)/tests/bits/bits $(examples): %: %.o $(build)/libtriplet.a
	$(link) -o $@ $^ -lm

$(build)/tests/bench/native: $(benches) $(build)/libtriplet.a
	$(link) -o $@ $^ -lm

# ---- MPI ------------------------------------------------------------------------------------------------------------

$(build)$(of_mpi)/core/mpi/triplet_mpi.o: core/mpi/triplet_mpi.c
$(home)$(of_mpi)/lua/mpi/module.o: lua/mpi/module.c
$(mpi_objects) $(build)/tests/mpi/engine.o: override CPPFLAGS += $(mpi_headers) -Icore/mpi -Ilua/src -I"$(LUA_INC)"
$(mpi_objects):
	@mkdir -p $(@D)
	$(compile) -c -o $@ $<

$(mpi_library): $(firstword $(mpi_objects))
	@rm -f $@
	$(AR) rcs $@ $^

# It links what there is of MPI, which nothing else does.
$(mpi_module): $(lastword $(mpi_objects)) $(home)/lua/src/compat.o $(mpi_library)
	@mkdir -p $(@D)
	$(link) $(link_module) -o $@ $^ $(mpi_libs)

ifneq ($(of_mpi),)
$(home)$(of_mpi)/triplet: $(home)/triplet
	cp $< $@
endif

# The service, and the headers of its LuaJIT.
nginx = build/nginx/usr/include/luajit-2.1/lua.h

$(nginx):
	tests/places/unpack build/nginx nginx libnginx-mod-http-lua libnginx-mod-http-ndk lua-resty-core lua-resty-lrucache \
	  libluajit2-5.1-2 libluajit2-5.1-dev libpcre3

# ---- Windows: what a DLL exports, a Lua to load the module, and all of it as it is unpacked --------------------------

for_windows = $(MAKE) --no-print-directory build=build/windows CC=x86_64-w64-mingw32-gcc AR=x86_64-w64-mingw32-ar \
              CFLAGS=-O2 LUA=lua5.4 LUA_INC="$(LUA_SRC)"
unpacked    = build/windows/release

release_for_windows:
	@tests/need $(need_train) $(need_mingw)
	@$(MAKE) --no-print-directory $(LUA_SRC)/lua.h
	@rm -rf $(unpacked)
	+@$(for_windows) PREFIX= DESTDIR=$(unpacked) install build/windows/lua.exe
	install -m 755 build/windows/lua.exe build/windows/lua54.dll $(unpacked)/bin
	install -m 644 $(argparse) $(unpacked)/share/lua/5.4
	lua/windows/third-party $(LUA_SRC)/lua.h $(argparse) > $(unpacked)/share/doc/triplet/THIRD_PARTY_LICENSES
	sed 's/$$/\r/' lua/windows/README.txt > $(unpacked)/README.txt
argparse = /usr/share/lua/5.4/argparse.lua

$(home)/triplet.cmd: lua/windows/triplet.cmd
	@mkdir -p $(@D)
	sed 's/$$/\r/' $< > $@

$(build)/libtriplet.def: core/triplet.h
	@mkdir -p $(@D)
	{ echo EXPORTS; sed -n 's/^TRIPLET_API .*[ *]\(triplet_[a-z_]*\)(.*/\1/p' $<; } > $@

$(build)/core.def:
	@mkdir -p $(@D)
	printf 'EXPORTS\nluaopen_triplet_core\n' > $@

lua_exe = $(CC) -std=c99 -O2 -static -Wl,--no-insert-timestamp -D__USE_MINGW_ANSI_STDIO=1 -DLUA_BUILD_AS_DLL \
          -DLUA_COMPAT_5_3

$(build)/lua54.dll: $(LUA_SRC)/lua.h
	@mkdir -p $(@D)
	$(lua_exe) -shared -o $@ $$(ls $(LUA_SRC)/*.c | grep -v '/luac*[.]c')

$(build)/lua.exe: $(build)/lua54.dll lua/windows/lua.rc lua/windows/lua.manifest
	$(CC:gcc=windres) --include-dir lua/windows lua/windows/lua.rc $(build)/lua.rc.o
	$(lua_exe) -o $@ $(LUA_SRC)/lua.c $(build)/lua.rc.o $<

# ---- WebAssembly, with and without SIMD -----------------------------------------------------------------------------

# What people read of options is made from the native build. Small, but for explicit triplets: -O2 makes these 1.1 times
# as fast, one of them 1.4 times, and anything else, the kernels too, hardly any faster.
emcc        = NODE_PATH=/usr/share/nodejs emcc -std=c11 -Wall -Wextra -Wno-pass-failed -Icore -Oz -flto \
              -DTRIPLET_NO_HELP $(emcc_$(notdir $(@D)))
emcc_simd   = -msimd128 -mbulk-memory -mnontrapping-fptoint -msign-ext
emcc_loss   = $(emcc_simd) -DTRIPLET_LOSS_ONLY
wasm_fast   = build/wasm/simd/margin.o build/wasm/simd/hinge.o
wasm_inputs = $(wildcard core/*.*) wasm/exports.c
# What is linked: objects, and the sources of all others.
wasm_parts  = $(filter-out $(patsubst build/wasm/simd/%.o,core/%.c,$(filter %.o,$^)),$(filter %.c %.o,$^))
# Memory starts small and grows; malloc says when it cannot; nothing of Emscripten's own JavaScript.
wasm_link   = -sSTANDALONE_WASM --no-entry -sABORTING_MALLOC=0 -sALLOW_MEMORY_GROWTH=1 -sMAXIMUM_MEMORY=4GB \
              -sMALLOC=emmalloc -sTOTAL_STACK=128KB -sINITIAL_MEMORY=256KB $(wasm_env)
pack_link   = -sSTANDALONE_WASM --no-entry -sTOTAL_STACK=4KB -sINITIAL_MEMORY=10MB
# What it imports are functions of wasm/src/core.js, which emcc does not know.
wasm_env    = -sERROR_ON_UNDEFINED_SYMBOLS=0 -sWARN_ON_UNDEFINED_SYMBOLS=0
# Smaller still: emcc does not take the control flow apart, and it leaves calls of functions that are hardly longer than
# a call.
wasm_opt    = wasm-opt $(opt_$*) -aimfs 8 --flatten --rereloop -Oz -Oz
opt_simd    = --enable-simd --enable-bulk-memory --enable-nontrapping-float-to-int --enable-sign-ext
opt_loss    = $(opt_simd)

build/wasm/simd/%.o: core/%.c $(wildcard core/*.h)
	@mkdir -p $(@D)
	$(subst -Oz,-O2,$(emcc)) -c -o $@ $<

build/wasm/simd/triplet.wasm build/wasm/simd/triplet.linked build/wasm/simd/bits.js: $(wasm_fast)
build/wasm/%/triplet.wasm build/wasm/%/triplet.linked: $(wasm_inputs)
	@mkdir -p $(@D)
	$(emcc) $(wasm_link) -Wl,--trace -o $(@D)/triplet.wasm $(wasm_parts) > $(@D)/triplet.linked
	$(wasm_opt) -o $(@D)/triplet.wasm $(@D)/triplet.wasm

# The packer of those with SIMD, and the unpacker that a script carries with them.
build/wasm/pack.wasm build/wasm/unpack.wasm: build/wasm/%.wasm: wasm/pack.c
	@mkdir -p $(@D)
	$(emcc) $(pack_link) -sEXPORTED_FUNCTIONS=_$*,_module,_text -o $@ $<
	wasm-opt -Oz -o $@ $@

build/wasm/%/bits.js: tests/bits/bits.c $(wildcard core/*.*)
	@mkdir -p $(@D)
	$(emcc) -sALLOW_MEMORY_GROWTH=1 -sWASM_ASYNC_COMPILATION=0 -o $@ $(wasm_parts)

# Instances made quickly; those with SIMD, and the packer's, count what of wasm/*.c they run, and have a table by which
# tests/coverage/wasm.mjs gets at the counters.
counted  = build/coverage/wasm
quickly  = $(subst -flto,,$(subst -Oz,-O1,$(emcc)))
counting = $(wasm_env) -Wl,--export-table -sTOTAL_STACK=256KB

$(counted)/%.o: wasm/%.c
	@mkdir -p $(@D)
	$(subst -O1,-O0,$(quickly)) $(emcc_simd) --coverage -c -o $@ $<

$(counted)/simd/triplet.wasm: $(counted)/exports.o $(wildcard core/*.*)
	@mkdir -p $(@D)
	$(quickly) $(wasm_link) $(counting) -sINITIAL_MEMORY=1MB -o $@ core/*.c $<

$(counted)/pack.wasm $(counted)/unpack.wasm: $(counted)/%.wasm: $(counted)/pack.o
	$(quickly) $(emcc_simd) $(pack_link) $(counting) -sINITIAL_MEMORY=12MB \
	  -sEXPORTED_FUNCTIONS=_$*,_module,_text -o $@ $<

$(counted)/%/triplet.wasm: $(wasm_inputs)
	@mkdir -p $(@D)
	$(quickly) $(wasm_link) -o $@ $(filter %.c,$^)

build/npm/package.json: $(patsubst %,build/wasm/%.wasm,simd/triplet scalar/triplet loss/triplet pack unpack) \
                        wasm/node_modules/.package-lock.json $(wildcard wasm/*.* wasm/src/*)
	node wasm/build.mjs build/wasm $(@D)

%/node_modules/.package-lock.json: %/package-lock.json
	npm ci --prefix $* --ignore-scripts --no-audit --no-fund
	@touch $@

# Debian's torch is seen from the outside; the other peers need a newer numpy than it does.
.peers/torch/installed: venv = --system-site-packages
.peers/%/installed: tests/bench/requirements-%.txt
	/usr/bin/python3 -m venv $(venv) $(@D)
	$(@D)/bin/pip install --quiet --require-hashes --no-deps --requirement $<
	@touch $@

# ---- Lua in WebAssembly: its own sources and the module, linked by Emscripten ---------------------------------------

lua_inputs = $(wildcard core/*.* lua/src/*) wasm/lua/host.c
lua_flags  = -O2 $(emcc_simd) -I$(@D)/include -I$(LUA_SRC) -DLUA_COMPAT_5_3 \
             -DDEB_HOST_MULTIARCH='""'
# Memory grows to a limit and then says so. No eval, and nothing of Node.js: files are those of the page.
lua_link   = -sMODULARIZE -sEXPORT_ES6 -sENVIRONMENT=web,worker -sDYNAMIC_EXECUTION=0 -sFORCE_FILESYSTEM \
             -sABORTING_MALLOC=0 -sALLOW_MEMORY_GROWTH=1 -sINITIAL_MEMORY=16MB -sMAXIMUM_MEMORY=256MB \
             -sTOTAL_STACK=1MB -sINCOMING_MODULE_JS_API=instantiateWasm -sEXPORTED_RUNTIME_METHODS=FS \
             -sEXPORTED_FUNCTIONS=_script_run,_malloc,_free \
             --js-library wasm/lua/imports.js --post-js wasm/lua/limits.js

build/npm/lua.js: build/lua-wasm/lua.mjs build/npm/package.json $(wildcard wasm/lua/* lua/triplet/*.lua)
	node wasm/lua/build.mjs $< $(@D)

build/lua-wasm/%.mjs build/lua-wasm/%.linked: $(lua_inputs) wasm/lua/imports.js wasm/lua/limits.js $(LUA_SRC)/lua.h
	@mkdir -p $(@D)/include
	@: > $(@D)/include/lua5.4-deb-multiarch.h # Debian makes it; it says where modules lie in a system
	NODE_PATH=/usr/share/nodejs emcc -std=c11 -Wall -Wextra -Wno-pass-failed -Icore $(lua_flags) $(lua_link) \
	  -Wl,--trace -o $(@D)/lua.mjs $(filter %.c,$^) \
	  $$(ls $(LUA_SRC)/*.c | grep -v '/luac*[.]c') > $(@D)/lua.linked

linked = build/wasm/simd/triplet.linked build/wasm/scalar/triplet.linked build/lua-wasm/lua.linked
build/npm/THIRD_PARTY_LICENSES: build/npm/lua.js $(linked) wasm/third-party.mjs
	node wasm/third-party.mjs $(LUA_SRC)/lua.h $(linked) > $@

# The same with memory that a test takes away.
build/lua-wasm/short/lua.mjs: tests/bridge/short.c
build/lua-wasm/short/npm/lua.js: build/lua-wasm/short/lua.mjs wasm/node_modules/.package-lock.json \
                                 $(wildcard wasm/lua/* lua/triplet/*.lua)
	node wasm/lua/build.mjs $< $(@D)

build/lua-wasm/source/unpacked/src/lua.h:
	wasm/lua/fetch-source build/lua-wasm/source

# ---- the demo's page ------------------------------------------------------------------------------------------------

web_inputs = web/index.html $(wildcard web/*.js) $(shell find web/src web/public web/guide -type f 2>/dev/null) \
             tests/data/digits.csv tests/data/iris.csv tests/data/README.md LICENSE

build/web/index.html: build/npm/THIRD_PARTY_LICENSES web/node_modules/.package-lock.json $(web_inputs)
	web/node_modules/.bin/vite build web --logLevel warn

.PHONY: all help demo train test lint trust coverage mutants ranks systems windows soak bench peers figures evaluate \
        npm web options env install install_library install_module install_mpi install_pages mpi amalgamation dist \
        release_for_windows clean able lua objects mpi_objects programs environments fuzz fuzzers planted \
        find_planted lua_programs long core_tests
.SECONDARY:
.DELETE_ON_ERROR:
-include $(patsubst %.o,%.d,$(objects) $(mpi_objects))
