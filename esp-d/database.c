#include "esp-d/database.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "esp-d/path_mtu.h"

int database_init(struct database *db, const struct cipher_backend *backend)
{
    int err;

    memset(db, 0, sizeof(*db));
    db->backend = backend;
    db->fragments = calloc(1, sizeof(*db->fragments));
    if (!db->fragments)
        return -ENOMEM;
    err = sad_init(&db->sad);
    if (!err)
        err = peers_init(&db->peers);
    if (!err)
        err = tunnels_init(&db->tunnels, &db->retire);
    return err;
}

void database_done(struct database *db)
{
    struct child *child;

    for (uint32_t after = 0; (child = sad_next(&db->sad, after));) {
        after = child->in.spi;
        database_delete(db, after);
    }
    spd_retire(atomic_exchange(&db->spd, NULL), &db->tunnels);
    spd_retire(db->next_spd, &db->tunnels);
    db->next_spd = NULL;
    retire_done(&db->retire);
    replay_pool_done(&db->windows);
    free(db->fragments);
    tunnels_done(&db->tunnels);
    sad_done(&db->sad);
}

// The child is complete: first it receives, then it sends.
static int publish(struct database *db, struct child *child, struct child *replaced)
{
    int err = sad_add(&db->sad, child);

    if (err)
        return err;
    err = tunnel_add_sender(&db->tunnels, child->tunnel, child, child->out.held ? NULL : replaced);
    if (err)
        sad_remove(&db->sad, child->in.spi);
    else
        peers_add(&db->peers, &atomic_load(&child->out.path)->remote.address);
    return err;
}

int database_install(struct database *db, const char *tunnel, const struct child_spec *spec, uint32_t replaces,
                     uint64_t now_ms)
{
    struct child *replaced = replaces ? sad_find(&db->sad, replaces) : NULL;
    struct child *child;
    int err;

    if (sad_find(&db->sad, spec->spi_in))
        return -EEXIST;
    if (replaces && (!replaced || strcmp(replaced->tunnel->name, tunnel) != 0))
        return -ENOENT;
    // Used up whatever comes of it: the next try has new keys.
    if (!sad_take_reservation(&db->sad, spec->spi_in, now_ms))
        return -EPERM;
    err = child_new(spec, db->backend, &db->windows, &child);
    if (err)
        return err;
    if (replaced)
        path_mtu_inherit(child, replaced);
    err = tunnel_ref(&db->tunnels, tunnel, &child->tunnel);
    if (!err) {
        err = publish(db, child, replaced);
        if (err)
            tunnel_unref(&db->tunnels, child->tunnel);
    }
    if (err)
        retire_add(&db->retire, child_free, child);
    return err;
}

static void forget_ending(struct database *db, const struct child *child)
{
    if (!child->ends_ms)
        return;
    for (struct child **at = &db->ending; *at; at = &(*at)->ending) {
        if (*at == child) {
            *at = child->ending;
            return;
        }
    }
}

int database_end(struct database *db, uint32_t spi_in, uint64_t ends_ms)
{
    struct child *child = sad_find(&db->sad, spi_in);
    int err;

    if (!child)
        return -ENOENT;
    if (child->ends_ms) {
        child->ends_ms = ends_ms;
        return 0;
    }
    err = tunnel_remove_sender(&db->tunnels, child->tunnel, child);
    if (err)
        return err;
    child->ends_ms = ends_ms;
    child->ending = db->ending;
    db->ending = child;
    return 0;
}

void database_sweep(struct database *db, uint64_t now_ms)
{
    struct child *next;

    for (struct child *child = db->ending; child; child = next) {
        next = child->ending;
        if (now_ms >= child->ends_ms)
            database_delete(db, child->in.spi);
    }
}

int database_delete(struct database *db, uint32_t spi_in)
{
    struct child *child = sad_find(&db->sad, spi_in);
    int err;

    if (!child)
        return -ENOENT;
    err = tunnel_remove_sender(&db->tunnels, child->tunnel, child);
    if (err)
        return err;
    forget_ending(db, child);
    sad_remove(&db->sad, spi_in);
    peers_remove(&db->peers, &atomic_load(&child->out.path)->remote.address);
    tunnel_unref(&db->tunnels, child->tunnel);
    retire_add(&db->retire, child_free, child);
    return 0;
}

static int replace_path(struct database *db, struct child *child, const struct database_path *to)
{
    struct path *path, *old = atomic_load(&child->out.path);
    int err = path_new(&to->local, &to->remote, to->encapsulation, &path);

    if (err)
        return err;
    peers_add(&db->peers, &to->remote.address);
    peers_remove(&db->peers, &old->remote.address);
    atomic_store_explicit(&child->out.path, path, memory_order_release);
    retire_add(&db->retire, free, old);
    return 0;
}

int database_follow(struct database *db, uint32_t spi_in, const struct endpoint *remote)
{
    struct child *child = sad_find(&db->sad, spi_in);

    if (!child || !atomic_load(&child->in.follow_remote)) // told before ike-d moved it elsewhere
        return -ENOENT;
    return replace_path(db, child,
                        &(struct database_path){.local = atomic_load(&child->out.path)->local, .remote = *remote});
}

int database_update(struct database *db, uint32_t spi_in, const struct database_path *to)
{
    struct child *child = sad_find(&db->sad, spi_in);
    int err;

    if (!child)
        return -ENOENT;
    err = replace_path(db, child, to);
    if (err)
        return err;
    atomic_store(&child->in.follow_remote, to->follow_remote);
    atomic_store(&child->in.address_change_ms, 0);
    child->keepalive_s = to->keepalive_s;
    return 0;
}

static int start_generation(struct database *db, uint64_t generation)
{
    if (db->next_spd && db->next_spd->generation == generation)
        return 0;
    spd_retire(db->next_spd, &db->tunnels);
    db->next_spd = spd_new(generation);
    return db->next_spd ? 0 : -ENOMEM;
}

int database_add_policy(struct database *db, uint64_t generation, const struct database_policy *policy)
{
    struct policy p = {
        .local = filter_of(&policy->local), .remote = filter_of(&policy->remote), .action = policy->action};
    int err = start_generation(db, generation);

    if (err)
        return err;
    if (db->next_spd->broken)
        return -EINVAL;
    err = tunnel_ref(&db->tunnels, policy->tunnel, &p.tunnel);
    if (!err) {
        err = spd_add(db->next_spd, &p);
        if (err)
            tunnel_unref(&db->tunnels, p.tunnel);
    }
    db->next_spd->broken = err != 0;
    return err;
}

void database_refuse_policies(struct database *db, uint64_t generation)
{
    if (!start_generation(db, generation))
        db->next_spd->broken = true;
}

int database_commit_policies(struct database *db, uint64_t generation)
{
    int err = start_generation(db, generation);
    struct spd *next, *old;

    if (err)
        return err;
    next = db->next_spd;
    db->next_spd = NULL;
    err = next->broken ? -EINVAL : spd_finish(next);
    if (err) {
        spd_retire(next, &db->tunnels);
        return err;
    }
    next->serial = ++db->last_serial;
    old = atomic_exchange(&db->spd, next);
    spd_retire(old, &db->tunnels);
    return 0;
}
