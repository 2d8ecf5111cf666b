/* engine.c - both ways in which core/mpi moves bytes, in every shape that counts can have. Speaks TAP on rank 0:
 *
 *    mpirun -n 3 engine          the tests
 *    mpirun -n 3 engine dies     the last rank is killed while the others wait for it
 *    mpirun -n 2 engine large    messages beyond what an int counts; takes 4 GB of memory a rank */
#define _POSIX_C_SOURCE 200809L
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "triplet_mpi.h"

static triplet_collective ranks;

/* A test has passed where it has on every rank. */
static void report(const char *name, bool passed) {
  int all = passed;
  MPI_Allreduce(MPI_IN_PLACE, &all, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
  if (ranks.rank == 0)
    printf("%sok - engine, %zu ranks: %s\n", all ? "" : "not ", ranks.size, name);
}

/* How many bytes go from one rank to another, and which. */
typedef size_t (*shape)(size_t from, size_t to);

static size_t nothing(size_t from, size_t to) {
  (void)from, (void)to;
  return 0;
}

static size_t odd(size_t from, size_t to) {
  return 1 + 2 * ((5 * from + 3 * to) % 7);
}

static size_t eight(size_t from, size_t to) {
  (void)from, (void)to;
  return 8;
}

static size_t none_of_some(size_t from, size_t to) {
  return (from + to) % 3 == 0 ? 0 : 100 + from;
}

static size_t all_of_the_last(size_t from, size_t to) {
  (void)to;
  return from == ranks.size - 1 ? 1001 : 0;
}

static size_t all_to_the_first(size_t from, size_t to) {
  return to == 0 ? 333 + from : 0;
}

static size_t long_ones(size_t from, size_t to) {
  return 7001 * (from + 1) + 13 * to;
}

static uint8_t byte_of(size_t from, size_t to, size_t i) {
  return (uint8_t)(31 * from + 17 * to + i + i / 251);
}

static uint8_t *filled(size_t from, size_t to, uint8_t *place, size_t count) {
  for (size_t i = 0; i < count; i++)
    place[i] = byte_of(from, to, i);
  return place + count;
}

static bool is_filled(size_t from, size_t to, const uint8_t *place, size_t count) {
  size_t wrong = 0;
  for (size_t i = 0; i < count; i++)
    wrong += place[i] != byte_of(from, to, i);
  return wrong == 0;
}

/* in_place: a rank's bytes stand where they are to be. */
static bool gathers(shape of, bool in_place) {
  size_t total = 0, own = 0, *counts = malloc(ranks.size * sizeof *counts);
  for (size_t rank = 0; rank < ranks.size; rank++) {
    counts[rank] = of(rank, 0);
    own = rank == ranks.rank ? total : own;
    total += counts[rank];
  }
  uint8_t *send = malloc(counts[ranks.rank] + 1), *receive = calloc(total + 1, 1), *place = receive;
  filled(ranks.rank, 0, in_place ? receive + own : send, counts[ranks.rank]);

  bool right = ranks.all_gather(ranks.user, in_place ? NULL : send, receive, counts);
  for (size_t rank = 0; rank < ranks.size; place += counts[rank++])
    right = is_filled(rank, 0, place, counts[rank]) && right;
  right = right && *place == 0;
  free(counts);
  free(send);
  free(receive);
  return right;
}

static bool exchanges(shape of) {
  size_t *send_counts = malloc(ranks.size * sizeof *send_counts), sent = 0;
  size_t *receive_counts = malloc(ranks.size * sizeof *receive_counts), received = 0;
  for (size_t rank = 0; rank < ranks.size; rank++) {
    sent += send_counts[rank] = of(ranks.rank, rank);
    received += receive_counts[rank] = of(rank, ranks.rank);
  }
  uint8_t *send = malloc(sent + 1), *receive = calloc(received + 1, 1), *place = send;
  for (size_t rank = 0; rank < ranks.size; rank++)
    place = filled(ranks.rank, rank, place, send_counts[rank]);

  bool right = ranks.all_to_all(ranks.user, send, send_counts, receive, receive_counts);
  place = receive;
  for (size_t rank = 0; rank < ranks.size; place += receive_counts[rank++])
    right = is_filled(rank, ranks.rank, place, receive_counts[rank]) && right;
  right = right && *place == 0;
  free(send_counts);
  free(receive_counts);
  free(send);
  free(receive);
  return right;
}

/* Without an end of its own: many in a row, some ranks of which are ahead of others. */
static bool exchange_many(void) {
  bool right = true;
  for (int i = 0; i < 5; i++)
    right = exchanges(odd) && gathers(none_of_some, i % 2) && exchanges(long_ones) && right;
  return right;
}

/* Of ranks in another order, and beside each other. */
static bool splits(void) {
  const triplet_collective all = ranks;
  MPI_Comm part;
  MPI_Comm_split(MPI_COMM_WORLD, all.rank % 2, (int)(all.size - all.rank), &part);
  bool right = triplet_mpi_open(part, &ranks) == MPI_SUCCESS && ranks.size == (all.size + (all.rank + 1) % 2) / 2 &&
               ranks.rank == (all.size - 1 - all.rank) / 2;
  MPI_Comm_free(&part);
  right = right && gathers(odd, false) && exchanges(none_of_some);
  right = triplet_mpi_close(&ranks) == MPI_SUCCESS && right;
  ranks = all;
  return right;
}

/* What comes from others is counted: here 8 bytes from each, twice. */
static bool counts_bytes(void) {
  const uint64_t before = triplet_mpi_received(&ranks);
  const bool right = gathers(eight, false) && exchanges(eight);
  return right && triplet_mpi_received(&ranks) - before == 16 * (ranks.size - 1);
}

/* The first rank sends the second more or fewer bytes than that awaits; ever after both calls fail there. */
static bool tells_of_others(size_t sent) {
  const triplet_collective all = ranks;
  bool right = triplet_mpi_open(MPI_COMM_WORLD, &ranks) == MPI_SUCCESS;
  size_t *send = calloc(ranks.size, sizeof *send), *receive = calloc(ranks.size, sizeof *receive);
  uint8_t from[64] = {0}, to[64] = {0};
  if (ranks.rank == 0 && ranks.size > 1)
    send[1] = sent;
  if (ranks.rank == 1)
    receive[0] = 20;
  const bool done = ranks.all_to_all(ranks.user, from, send, to, receive);
  if (ranks.rank == 1) {
    receive[0] = 0;
    right = !done && !ranks.all_to_all(ranks.user, from, send, to, receive) &&
            !ranks.all_gather(ranks.user, from, to, send) && right;
  }
  free(send);
  free(receive);
  right = triplet_mpi_close(&ranks) == MPI_SUCCESS && right;
  ranks = all;
  return right;
}

/* Sums beyond SIZE_MAX; what a rank has for itself that is no more than half there. */
static bool refuses_nonsense(void) {
  const triplet_collective all = ranks;
  bool right = triplet_mpi_open(MPI_COMM_WORLD, &ranks) == MPI_SUCCESS;
  size_t *counts = calloc(ranks.size + 1, sizeof *counts), *others = calloc(ranks.size, sizeof *others);
  counts[0] = SIZE_MAX;
  counts[ranks.size - 1] += 1;
  if (ranks.size > 1)
    right = !ranks.all_gather(ranks.user, counts, counts, counts) && right;
  memset(counts, 0, ranks.size * sizeof *counts);
  counts[ranks.rank] = 1;
  right = !ranks.all_to_all(ranks.user, others, counts, others, others) && right;
  free(counts);
  free(others);
  triplet_mpi_close(&ranks);
  right = triplet_mpi_close(&ranks) == MPI_SUCCESS && !ranks.all_gather && right;
  ranks = all;
  return right;
}

static void test(void) {
  const triplet_collective world = ranks;
  int rank, size;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  report("rank and size", world.rank == (size_t)rank && world.size == (size_t)size);
  report("gathers nothing", gathers(nothing, false));
  report("gathers odd counts", gathers(odd, false));
  report("gathers in place", gathers(odd, true));
  report("gathers nothing of some", gathers(none_of_some, false));
  report("gathers all of one", gathers(all_of_the_last, false) && gathers(all_of_the_last, true));
  report("gathers long ones", gathers(long_ones, false) && gathers(long_ones, true));
  report("exchanges nothing", exchanges(nothing));
  report("exchanges odd counts", exchanges(odd));
  report("exchanges nothing with some", exchanges(none_of_some));
  report("exchanges all of one", exchanges(all_of_the_last));
  report("exchanges all for one", exchanges(all_to_the_first));
  report("exchanges long ones", exchanges(long_ones));
  report("counts what comes from others", counts_bytes());
  report("many in a row", exchange_many());
  report("parts of a communicator, in another order", splits());
  report("a message that is too short", tells_of_others(10));
  report("a message that is too long", tells_of_others(40));
  report("counts that cannot be", refuses_nonsense());
}

static size_t large(size_t from, size_t to) {
  (void)to;
  return from == 0 ? ((size_t)1 << 31) + 3 : 5;
}

int main(int argc, char **argv) {
  const char *mode = argc > 1 ? argv[1] : "";
  MPI_Init(&argc, &argv);
  if (triplet_mpi_open(MPI_COMM_WORLD, &ranks) != MPI_SUCCESS)
    return 1;

  if (strcmp(mode, "dies") == 0) {
    if (ranks.rank == ranks.size - 1)
      raise(SIGKILL);
    while (gathers(odd, false) && exchanges(odd))
      ;
    return 1;
  }
  if (strcmp(mode, "large") == 0) {
    report("gathers 2 GB", gathers(large, false));
    report("exchanges 2 GB", exchanges(large));
  } else
    test();
  triplet_mpi_close(&ranks);
  MPI_Finalize();
  return 0;
}
