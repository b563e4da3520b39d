// SAD, SPD and tunnels together, and every change of them. The main thread writes, workers read as RCU readers.
#ifndef BULKHEAD_ESP_DATABASE_H
#define BULKHEAD_ESP_DATABASE_H

#include "esp-d/fragment.h"
#include "esp-d/peers.h"
#include "esp-d/sad.h"
#include "esp-d/spd.h"

struct database {
    struct sad sad;
    struct spd *_Atomic spd; // NULL before the first generation: nothing matches
    struct peers peers;
    struct fragment_memory *fragments; // that came out of SAs
    // main thread
    struct tunnels tunnels;
    struct retire retire;
    struct replay_pool windows;
    struct spd *next_spd; // pages so far
    struct child *ending; // deleted, but they receive yet
    uint64_t last_serial; // of the SPDs
    const struct cipher_backend *backend;
};

// -ENOMEM, -EIO. The backend is lent.
int database_init(struct database *db, const struct cipher_backend *backend);
// No worker may run any more.
void database_done(struct database *db);

// Installs an SA, once in its life. -EEXIST; -EPERM: the SPI was not reserved; -ENOENT: the replaced SA is not there;
// -EINVAL; -ENOSPC; -ENOMEM. `replaces` 0: none.
int database_install(struct database *db, const char *tunnel, const struct child_spec *spec, uint32_t replaces,
                     uint64_t now_ms);
// -ENOENT, -ENOMEM.
int database_delete(struct database *db, uint32_t spi_in);
// Deleted, but receives until then what was on the way; again: until that time instead. -ENOENT, -ENOMEM.
int database_end(struct database *db, uint32_t spi_in, uint64_t ends_ms);
// Deletes those whose time is over.
void database_sweep(struct database *db, uint64_t now_ms);
// An authentic packet came from `remote` (RFC 7296 2.23): the SA's packets go there from now on. -ENOENT: not there, or
// it does not follow any more; -EINVAL, -ENOMEM.
int database_follow(struct database *db, uint32_t spi_in, const struct endpoint *remote);

// Where an SA sends, and what it does about that path.
struct database_path {
    struct endpoint local;
    struct endpoint remote;
    enum path_encapsulation encapsulation;
    bool follow_remote;
    uint32_t keepalive_s; // 0: none
};
// ike-d moved the SA (RFC 4555 3.5). -ENOENT; -EINVAL: as path_new; -ENOMEM.
int database_update(struct database *db, uint32_t spi_in, const struct database_path *to);

struct database_policy {
    const char *tunnel;
    struct selector local;
    struct selector remote;
    enum policy_action action;
};
// One policy of a generation; another generation than the last page's starts anew. -EINVAL, -ENOSPC, -ENOMEM; then the
// generation can't be committed any more, and starts anew after the commit that said so.
int database_add_policy(struct database *db, uint64_t generation, const struct database_policy *policy);
// A policy of it could not even be read: the generation can't be committed.
void database_refuse_policies(struct database *db, uint64_t generation);
// The generation takes effect (it may be empty). -EINVAL: a page of it was refused; -ENOMEM. Then the old one stays.
int database_commit_policies(struct database *db, uint64_t generation);

#endif
