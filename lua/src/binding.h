/* binding.h - what the rooms of the Lua module share. The module translates and checks types; mathematics, defaults and
 * ranges live in the core. */
#ifndef TRIPLET_BINDING_H
#define TRIPLET_BINDING_H

#include "compat.h"
#include "triplet.h"

/* The program that loads the module may have functions of these names. */
#pragma GCC visibility push(hidden)

/* Every C function of the module is a closure over these two. Comparing a metatable with an upvalue takes half the time
 * of looking it up by name, and reading a matrix argument is all that a call on small data costs. */
#define MATRIX_METATABLE lua_upvalueindex(1)
#define CONTEXT lua_upvalueindex(2)
#define SHARED_UPVALUES 2

#define TRAINER_TYPE "triplet.trainer"
#define MEMORY_TYPE "triplet.memory"
#define ENCODER_TYPE "triplet.encoder"
#define OPTIMIZER_TYPE "triplet.optimizer"
#define SHARD_TYPE "triplet.shard"

/* known.c: an entry of a table of options. value: which of the values it is that a function reads itself, or -1. */
enum { MOST_KNOWN = 16 };
typedef struct known_option {
  const char *name;
  int value, type;
  double number; /* or 0 and 1 */
  char text[TRIPLET_CHOICE_SIZE];
} known_option;

/* The options of a function's last call, in the order of its table, and what was made of them. */
typedef struct known_options {
  bool valid;
  bool changed; /* a number since they were found right */
  size_t count;
  known_option entries[MOST_KNOWN];
  triplet_options options;
} known_options;

/* What CONTEXT is. The core serves one call of a context at a time, and in the middle of one that tells its progress a
 * function of Lua's runs, which may call anything. */
typedef struct shared_context {
  triplet_context *core; /* NULL: the state is closing */
  const void *telling;   /* the guard of the call whose function is running, NULL: none is */
  known_options margin;  /* of margin_loss */
} shared_context;

/* One call from Lua. A method's self is not counted among the parameters. */
typedef struct call {
  lua_State *L;
  triplet_context *context; /* to look up options and errors; use_context: to work with */
  const char *function;
  const char *const *parameters; /* their names, ended by NULL */
  int self;                      /* 1 in methods, else 0 */
} call;

/* ---- closing.c: objects that can be closed at any time ----------------------------------------------------------- */

/* Holds what the core made for an object. */
typedef struct holder {
  void *core; /* NULL: nothing yet, or no longer */
  void (*release)(void *core);
  int users;   /* calls that work with it */
  bool closed; /* to be released when they have ended */
} holder;

/* What such an object begins with. */
typedef struct closable {
  holder *held; /* NULL: closed */
} closable;

/* Which user value of such an object is its holder; its own follow. */
enum { HELD = 1 };

/* Pushes an object of that size and type, of which only this part is set. */
void *push_closable(lua_State *L, size_t size, int user_values, const char *type, void (*release)(void *core));
/* Uses what the object at index holds, which is not closed, until the function that is running ends. Pushes a value
 * that is to stay where it is, so lua_settop comes before. */
holder *use_closable(lua_State *L, int index);
void close_closable(lua_State *L, int index);
/* What a C function of Lua's that has used objects returns: its number of results. */
int end_uses(lua_State *L, int results);

/* ---- arguments.c: errors and what Lua values mean ---------------------------------------------------------------- */

/* Whatever allocates may collect garbage, and so run a finalizer, which may call anything: close the trainer of this
 * call, push to its memory, set its options. Metamethods of tables that are read and callbacks may do so, too. Hence
 * two rules: a call that works with a trainer or a memory while anything of Lua's may run uses it (closing.c), so that
 * it is not freed before the call ends; and what the core lends, like a list of rows, is fetched after all that is read
 * and all memory for results, and used at once. */

/* Leaves room on the stack for what one call pushes. Everything a reader converts stays on the stack, so that an error
 * raised later leaks nothing. */
call call_of(lua_State *L, const char *function, const char *const *parameters, int self);

/* Raises "bad argument #2 to 'margin_loss' (text)". parameter may go on: "indices.anchors". One that is not listed is
 * an option. */
_Noreturn void refuse(const call *c, const char *parameter, const char *format, ...);
/* Raises what the core refused; returns when status is TRIPLET_OK. */
void expect(const call *c, triplet_status status);
/* Pushes "number 1.5", "string "x"", "nil" ... for messages. */
const char *describe(lua_State *L, int index);
/* The object of a method call, of that type. */
void *self_of(const call *c, const char *type);

/* An integer low .. high. */
lua_Integer read_integer(const call *c, int index, const char *name, lua_Integer low, lua_Integer high);
/* An integer >= low; one that no object can have becomes the largest that some could. */
size_t read_size(const call *c, int index, const char *name, lua_Integer low);
double read_number(const call *c, int index, const char *name);
const char *read_bytes(const call *c, int index, const char *name, size_t *length);
/* files.c: a string, or a file that is mapped, which is used until the function ends: lua_settop comes before. */
const char *read_source(const call *c, int index, const char *name, size_t *length);
/* A string that C can take, so one without zero bytes. */
const char *read_text(const call *c, int index, const char *name);
/* A table of numbers. What it returns is pushed. */
triplet_doubles read_doubles(const call *c, int index, const char *name);
/* A table of such strings; it and what it returns are pushed. */
const char **read_texts(const call *c, int index, const char *name, size_t *count);
/* Of pointers to texts, by their bytes: for qsort. */
int compare_texts(const void *a, const void *b);
/* The keys of a table, all of which are such strings, in the order of their bytes. They and what it returns are pushed.
 */
const char **read_names(const call *c, int index, const char *name, size_t *count);
/* A matrix, or a table of rows, which is converted and put in its place on the stack. */
triplet_matrix read_matrix(const call *c, int index, const char *name);
/* The length of a table. */
size_t read_length(const call *c, int index, const char *name);
/* A table of integers low .. high; shift is added to each. What it returns is pushed. */
triplet_ints read_ints(const call *c, int index, const char *name, lua_Integer low, lua_Integer high, int shift);
/* A table of such lists, of row numbers low .. high from 1, which become ones from 0. They and what it returns are
 * pushed. */
const triplet_ints *read_row_lists(const call *c, int index, const char *name, lua_Integer low, lua_Integer high,
                                   size_t *count);
/* A number, a table of numbers or a matrix of one row or column. What it returns is pushed or the matrix itself. */
triplet_floats read_floats(const call *c, int index, const char *name);

/* ---- labels.c: labels as Lua has them ---------------------------------------------------------------------------- */

/* The core knows labels as integers. A text has the number of its place among all texts, in order of appearance. */
typedef struct numbering {
  int known, added;     /* where the tables of those there were, and of those that the call brings, are on the stack */
  bool texts, integers; /* whether there are texts, and integers that could be taken for one */
} numbering;

/* Without any. It is pushed. */
numbering begin_numbering(const call *c);
/* As that of the memory in the option references, where there is one. */
numbering begin_numbering_of_references(const call *c, int options);
/* Adds a text to the known ones. */
void know_text(const call *c, const numbering *names, const char *text);
/* Whether the call brings any. */
bool adds_texts(const call *c, const numbering *names);
/* Pushes all of them, in order; as a table of known ones. */
const char **push_texts(const call *c, const numbering *names, size_t *count);
void push_known(const call *c, const numbering *names);
/* Pushes a label as Lua has it: the text of that number where there are texts, else the integer. */
void push_label(const call *c, const numbering *names, int32_t label);

/* A table with an integer, a text or a list of these for each row, or with a matrix as `relations`. What it returns is
 * pushed. */
triplet_labels read_labels(const call *c, int index, const char *name, numbering *names);
/* Rows that have labels. */
size_t labelled_rows(triplet_labels labels);
/* Pushes a table of labels as Lua has them; what read_labels makes of it are the same. Not of relations. */
void push_labels(const call *c, const numbering *names, triplet_labels labels);

/* Labels as they are kept in a userdata: integers, then the ends of sets, if that is what they are. */
typedef struct label_list {
  size_t integers, ends;
  int32_t values[];
} label_list;

/* Pushes an empty list for labels like these. */
label_list *push_label_list(lua_State *L, triplet_labels like);
void fill_label_list(label_list *list, triplet_labels labels);
triplet_labels labels_in(const label_list *list);

/* ---- arguments.c, continued -------------------------------------------------------------------------------------- */

/* Pushes a block for count values of that size. */
void *push_array(lua_State *L, size_t count, size_t size);

/* Refuses keys that the schema does not know in the table of options at index, also in tables that it inherits from.
 * One with a metatable gives its place on the stack to a plain copy of what it says, so that its metamethods run here
 * and not later. prefix stands before names in messages: "optimizer.". */
void open_options(const call *c, int index, triplet_schema_id schema, const char *prefix);
/* The options of a table that may play no part, depending on others. */
enum { MOST_OPTIONS = 40 };
typedef struct given_options {
  triplet_schema_id schema;
  const char *prefix;
  const triplet_field *fields[MOST_OPTIONS];
  size_t count;
} given_options;
/* As open_options, and sets the scalar fields of structure, in the order of the schema; nil or none sets nothing. */
given_options set_options(const call *c, int index, triplet_schema_id schema, void *structure, const char *prefix);
/* Refuses those that play no part in structure, once it is whole. */
void check_given(const call *c, const given_options *given, const void *structure);
/* Both, where the table alone makes structure whole. */
void read_options(const call *c, int index, triplet_schema_id schema, void *structure, const char *prefix);
/* known.c: as read_options into known->options, and pushes what the table has under each of the names, or nil. Where
 * all is as in the last call, it is only compared. */
void read_known_options(const call *c, int index, triplet_schema_id schema, const char *const *names,
                        known_options *known);
/* The field that the first parameter of a method, `key`, names. */
const triplet_field *read_key(const call *c, triplet_schema_id schema);
/* One field, from the value on top of the stack. Of a choice that has them, true and false are also booleans. */
void read_field(const call *c, triplet_schema_id schema, const triplet_field *field, void *structure,
                const char *prefix);
/* Pushes a scalar field of structure; structure NULL: its default. nil for "none". */
void push_field(lua_State *L, const triplet_field *field, const void *structure);
/* Pushes what the table at index has by that name, else nil; true when it is there. */
bool push_option(lua_State *L, int index, const char *name);
/* The value on top, or absent: otherwise; pops it. */
bool pop_flag(const call *c, const char *name, bool otherwise);
/* Of the table at index. */
bool read_flag(const call *c, int index, const char *name, bool otherwise);
/* weights, margins and grad_output. */
void read_triplet_floats(const call *c, int index, triplet_options *options);

/* Rows that others are compared with. Those of a memory may change while Lua allocates: see use_references. */
typedef struct given_references {
  bool given;
  const holder *memory; /* NULL: rows of Lua's */
  size_t cols;          /* of a memory that has none yet */
  triplet_references core;
} given_references;

/* A matrix, a table of rows or a memory, which the call uses; cols: of a memory that has none yet. */
given_references read_rows_or_memory(const call *c, int index, const char *name, size_t cols);
/* The options references (rows of that many cols, or a memory), reference_labels and reference_self. with_labels: rows
 * must have labels, as the queries do. */
given_references read_references(const call *c, int index, size_t cols, numbering *names, bool with_labels);
/* The option reference_self, of so many references. */
triplet_ints read_reference_self(const call *c, int options, size_t references);
/* To call the core with, at once; NULL when none are given. A memory may have other rows than when it was read. */
const triplet_references *use_references(given_references *given);

/* Pushes the list as 1-based numbers when shift is 1. */
void push_ints(lua_State *L, triplet_ints list, int shift);
/* Pops what a callback has returned: false, and nothing else, stops what calls it. */
bool pop_go_on(lua_State *L);
/* A figure of nothing, which is NaN in the core, is nil. */
void push_figure(lua_State *L, double value);
/* Fields of the table on top; none for a text that is NULL. */
void set_text(lua_State *L, const char *name, const char *text);
void set_figure(lua_State *L, const char *name, double value);
void set_count(lua_State *L, const char *name, uint64_t count);
void set_flag(lua_State *L, const char *name, bool value);
/* table.stats, reusing the table that is there. */
void set_stats(lua_State *L, int table, const triplet_stats *stats);

/* A result that is being made: the table of the option `out`, or a new one, pushed; its index. */
int push_result(const call *c, int options);
/* The same of a value on top. */
int take_result(const call *c);
/* Pushes the matrix at table[key], which must have this shape; a new one when there is none. name: for messages. */
triplet_matrix push_output(const call *c, int table, const char *key, const char *name, size_t rows, size_t cols);
/* The same of a value on top; anything but a matrix gives way to a new one. */
triplet_matrix take_output(const call *c, const char *name, size_t rows, size_t cols);

typedef struct named_matrix {
  const char *name;
  triplet_matrix matrix;
} named_matrix;

bool share_memory(triplet_matrix x, triplet_matrix y);
/* Refuses outputs that share memory with each other or with inputs. Names end the lists by NULL. */
void check_apart(const call *c, const named_matrix *outputs, const named_matrix *inputs);

/* ---- progress.c: calls that can last ----------------------------------------------------------------------------- */

/* The context for the core's work. Raises in the middle of a call that tells its progress. */
triplet_context *use_context(const call *c);

/* The function that a call tells its progress. */
typedef struct progress {
  const call *call;
  int function;      /* where it is on the stack, 0: there is none */
  const void *guard; /* a value that ends the core's threads before anything that they work on is freed */
  bool failed;       /* it raised an error, which is on top of the stack */
} progress;

/* The option `progress`, which is read after the memories that the call uses. A function and a guard are pushed. */
progress read_progress(const call *c, int options);
/* The parameter `progress` of a method, at index. A guard is pushed. */
progress take_progress(const call *c, int index);
/* Around the core's work: status = triplet_...(begin_progress(&watched), ...), between which and end_progress nothing
 * of Lua's may be called. */
triplet_context *begin_progress(progress *watched);
/* True: the work is done. False: it was cancelled, and nil and "cancelled" are pushed, to be returned. Raises what the
 * function raised, or the core refused. */
bool end_progress(const progress *watched, triplet_status status);

/* ---- matrix.c ---------------------------------------------------------------------------------------------------- */

/* Pushes a new matrix, not cleared. */
triplet_matrix push_matrix(lua_State *L, size_t rows, size_t cols);
/* The matrix at index, or NULL. Lasts as long as the value. */
const triplet_matrix *to_matrix(lua_State *L, int index);

/* ---- shard.c ----------------------------------------------------------------------------------------------------- */

/* The shard at index, or NULL. Lasts as long as the value. */
const triplet_shard *to_shard(lua_State *L, int index);

/* ---- bytes.c: objects as bytes ----------------------------------------------------------------------------------- */

/* One of the core's functions that save: bytes NULL: only *size is set. */
typedef triplet_status (*save_function)(triplet_context *context, const void *object, uint8_t *bytes, size_t capacity,
                                        size_t *size);
/* Pushes them as a string. What runs while room is made may change their number. */
void push_saved(const call *c, save_function save, const void *object);

/* ---- module.c: what luaopen_triplet_core puts together ----------------------------------------------------------- */

/* Where things lie on the stack while the rooms below add their part. */
enum { OPEN_MATRIX_METATABLE = 1, OPEN_CONTEXT, OPEN_MODULE, OPEN_METHODS, OPEN_PROPERTIES, OPEN_SETTERS };

/* Adds functions to the table on top. */
void set_functions(lua_State *L, const luaL_Reg *functions);

/* A kind of object. Lists end with a name that is NULL, or are NULL where there are none. */
typedef struct type_description {
  const char *kind;
  const luaL_Reg *methods;
  const luaL_Reg *properties; /* functions of the object that push a value */
  const luaL_Reg *setters;    /* of properties that can be set: functions of the object and the value */
  const luaL_Reg *metamethods;
  const char *entries; /* how to reach what somebody looks for under a number, or NULL */
} type_description;

/* Fills the metatable on top, module.methods[kind] and module.properties[kind]. */
void set_type(lua_State *L, const type_description *type);
/* Adds methods, properties and setters to a kind that another room has opened. */
void extend_type(lua_State *L, const type_description *type);

void open_closing(lua_State *L);
void open_progress(lua_State *L);
void open_matrix(lua_State *L);
void open_losses(lua_State *L);
void open_search(lua_State *L);
void open_evaluation(lua_State *L);
void open_verification(lua_State *L);
void open_data(lua_State *L);
void open_sampler(lua_State *L);
void open_shard(lua_State *L);
void open_memory(lua_State *L);
void open_table(lua_State *L);
void open_network(lua_State *L);
void open_trainer(lua_State *L);
void open_model(lua_State *L);
void open_bytes(lua_State *L);
void open_vectors(lua_State *L);
void open_files(lua_State *L);
void open_streams(lua_State *L);
void open_interruptions(lua_State *L);

/* ---- what single rooms lend -------------------------------------------------------------------------------------- */

/* memory.c: the numbering that the memory at index has; of anything else, one without texts. */
numbering begin_numbering_of_memory(const call *c, int index);
/* Uses the memory at index; NULL when there is none. */
const holder *use_memory(const call *c, int index, const char *name);
/* What a memory in use holds, which another call may change. */
triplet_references memory_rows(const holder *held);

/* table.c: uses the recipe at index. */
const triplet_recipe *use_recipe(const call *c, int index, const char *name);
/* Pushes the recipe of the trainer at index, which has one; held: where its holder is. */
void push_recipe_of_trainer(lua_State *L, int trainer, int held);

/* Rows that are already embedded, and what they are compared with. */
typedef struct labelled_queries {
  triplet_matrix embeddings;
  triplet_labels labels;
  given_references *references;
  const numbering *names; /* of the labels */
} labelled_queries;
/* evaluation.c and verification.c: judge them; return how many results they pushed: a table, or nil and "cancelled".
 * options at `index`. */
int push_evaluation(const call *c, const triplet_options *options, int index, const labelled_queries *queries);
int push_verification(const call *c, const triplet_options *options, int index, const labelled_queries *queries);

/* training.c: the trainer of a method, in use until that ends. */
triplet_trainer *self_trainer(const call *c);
/* As self_trainer, but NULL for one that is closed, and not in use: for what a property reads at once. */
const triplet_trainer *seen_trainer(lua_State *L, const char *property);
/* Names of a list; option: what they came in. */
void set_names(const call *c, triplet_trainer *core, triplet_name_list list, const char *option, triplet_texts names);
/* The names of a trainer's classes are the texts that its labels stand for. */
void know_classes(const call *c, const numbering *names, const triplet_trainer *core);

/* Pushes the trainer that the bytes are. */
triplet_status push_loaded_trainer(const call *c, const uint8_t *bytes, size_t size);
/* Those names, and texts among labels that join them; they go before what the labels are for, which may fail. */
typedef struct class_names {
  numbering names;
  size_t known;
  const char **all; /* NULL: none have joined */
} class_names;
class_names begin_class_names(const call *c, const triplet_trainer *core);
void add_class_names(const call *c, triplet_trainer *core, class_names *classes);
void take_back_class_names(triplet_trainer *core, const class_names *classes);

/* network.c: an optimizer from a table of options, as set_options, or from a triplet.optimizer, over what *optimizer
 * holds. */
given_options set_optimizer(const call *c, int index, triplet_optimizer *optimizer, const char *prefix);
/* Push the encoder or the optimizer that the bytes are. */
triplet_status push_loaded_encoder(const call *c, const uint8_t *bytes, size_t size);
triplet_status push_loaded_optimizer(const call *c, const uint8_t *bytes, size_t size);
/* Pushes all its options as a table. */
void push_optimizer(lua_State *L, const triplet_optimizer *optimizer);
/* A table of layer widths; returns their number. */
size_t read_layers(const call *c, int index, size_t widths[TRIPLET_MAX_LAYERS]);

#pragma GCC visibility pop

#endif
