/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A host in memory: interfaces with their hooks, programs, links and pins, behaving as the kernel
 * was seen to behave (reference numbers of errors included). It outlives the processes that open
 * it, so a test can let an agent die and start the next one.
 */
#ifndef ORDAIN_TESTS_SUPPORT_MACHINE_H
#define ORDAIN_TESTS_SUPPORT_MACHINE_H

#include "policy/order/resolve.h"
#include "policy/plan/observed.h"

/* The most that the kernel takes on one tcx hook, and one more. */
enum { MACHINE_LINKS = 64 };

struct machine_program {
	uint32_t id;
	const char *name;
	const char *pin; /* NULL: none; those of our chains are in machine_pins */
	const char *changes; /* what in it refutes that it is readonly; NULL: nothing */
	const struct manifest *manifest; /* NULL: not one of our chains */
	struct element_counters *counters; /* beside manifest->items */
	const char *reenters; /* why it may send packets over the hook again; NULL: it does not */
	struct machine_program *original; /* what this placeholder stands for; NULL: it is none */
	unsigned int mark; /* of a placeholder */
	struct machine_dual *dual; /* what it chooses from; NULL: it is none of ours that does */
};

/* Packets meet one of the two, NULL: nothing; all that change together share the epoch. */
struct machine_dual {
	struct machine_program *chains[2];
	const unsigned int *epoch;
};

struct machine_link {
	uint32_t id;
	unsigned int references; /* pins and open descriptors; without any it dies */
	struct machine_interface *interface; /* NULL: dead, or detached by somebody */
	enum hook hook;
	struct machine_program *program;
	bool generic; /* xdp */
	bool netlink; /* xdp: no link at all, but what netlink attached */
};

/* What runs on a hook, in this order. */
struct machine_slot {
	struct machine_program *program;
	struct machine_link *link;
};

struct machine_hook {
	struct machine_slot *items;
	size_t count;
	uint64_t revision; /* as tcx has it: starts again when the list empties */
};

struct machine_interface {
	const char *name;
	unsigned int ifindex;
	bool here; /* false: in another network namespace, or deleted */
	const char *driver; /* NULL: no device is behind it */
	const char *mac; /* NULL: unknown */
	bool is_bond;
	const char *master; /* the bond that it is a port of; NULL: none */
	bool no_native; /* its driver has no native XDP */
	struct machine_hook hooks[HOOK_COUNT];
};

/* The directory of one hook in the BPF file system. */
struct machine_pins {
	unsigned int ifindex;
	enum hook hook;
	struct machine_link *links[MACHINE_LINKS]; /* by number; NULL: not pinned */
	struct machine_program **items; /* chains and dual programs, the newest last */
	size_t count;
};

struct machine {
	struct arena *arena;
	bool has_tcx;
	bool tells_no_names; /* of others' programs, without CAP_SYS_ADMIN */
	uint32_t last_id;
	unsigned int last_ifindex;
	struct {
		struct machine_interface **items;
		size_t count;
	} interfaces; /* in the order of their making, those of other namespaces too */
	struct {
		struct machine_pins **items;
		size_t count;
	} pins; /* sorted by (ifindex, hook) */
	struct {
		struct machine_program **items;
		size_t count;
	} programs; /* all that were ever loaded */
	struct {
		const char **items;
		size_t count;
	} refused; /* digests that its verifier does not like */
};

struct machine *machine_new(void);
void machine_free(struct machine *machine);

/* ifindex 0: the next one. Names and numbers may be used again once they are gone from here. */
void machine_add_interface(struct machine *machine, const char *name, unsigned int ifindex);

/* Its links die with it; their pins stay. */
void machine_delete_interface(struct machine *machine, const char *name);

/* To another network namespace: it keeps its number, and what runs on it runs on. */
void machine_move_interface(struct machine *machine, const char *name);

/* The interfaces that are here, sorted by name. */
void machine_list(const struct machine *machine, struct arena *arena, struct interfaces *ret);

/* NULL if there is none here. */
struct machine_interface *machine_interface(const struct machine *machine, const char *name);
struct machine_interface *machine_interface_at(const struct machine *machine, unsigned int ifindex);

/* Loads with this digest are refused from now on. */
void machine_refuse(struct machine *machine, const char *digest);
bool machine_refuses(const struct machine *machine, const char *digest);

struct machine_program *machine_load(struct machine *machine, const char *name,
				     const struct manifest *manifest);

/*
 * A link with one reference; on tcx at the head or at the tail. -ENODEV, -EINVAL (no such hook),
 * -EBUSY (xdp, taken), -ESTALE (another revision; 0 asks for none). On xdp it is native where the
 * driver has that.
 */
int machine_attach(struct machine *machine, unsigned int ifindex, enum hook hook,
		   struct machine_program *program, uint64_t expected_revision, bool at_head,
		   struct machine_link **ret);

/* The same on tcx, in front of the program with that id: -ENOENT if it is not there. */
int machine_attach_before(struct machine *machine, unsigned int ifindex, enum hook hook,
			  struct machine_program *program, uint64_t expected_revision,
			  uint32_t before, struct machine_link **ret);

/* The same on xdp, in that mode: -EOPNOTSUPP if the driver has no native XDP. */
int machine_attach_xdp(struct machine *machine, unsigned int ifindex,
		       struct machine_program *program, enum xdp_mode mode,
		       struct machine_link **ret);

/*
 * By netlink on xdp: `program` in the place of `old`, NULL for none in either; `by_force`: in the
 * place of whatever netlink attached in that mode. -ENODEV, -EBUSY (a link is there, or anything
 * where nothing should be), -EEXIST (not `old`, or the other mode).
 */
int machine_exchange(struct machine *machine, unsigned int ifindex, struct machine_program *program,
		     const struct machine_program *old, bool by_force, bool generic);

/* -ENOLINK if the link is dead, -EPERM if it does not have the program `old`. */
int machine_swap(struct machine_link *link, struct machine_program *program,
		 const struct machine_program *old);

/* Takes the link off its interface; it lives on, dead, as long as somebody refers to it. */
void machine_detach(struct machine_link *link);

/* What packets meet at a link: its program, or what a dual program chooses; NULL: nothing. */
struct machine_program *machine_in_force(const struct machine_link *link);

/* The program with that id; NULL: none was loaded. */
struct machine_program *machine_program(const struct machine *machine, uint32_t id);

/* Packets that met an element of our chain there and left it with this verdict. */
void machine_count(struct machine *machine, const char *interface, enum hook hook,
		   const char *element, unsigned int slot, uint64_t packets);

void machine_take(struct machine_link *link);
void machine_release(struct machine_link *link); /* NULL is fine */

/* NULL if there is no such directory. */
struct machine_pins *machine_pins(const struct machine *machine, unsigned int ifindex,
				  enum hook hook);
struct machine_pins *machine_make_pins(struct machine *machine, unsigned int ifindex,
				       enum hook hook);
/* link NULL: unpins what is there. */
void machine_pin_link(struct machine_pins *pins, unsigned int number, struct machine_link *link);
bool machine_has_link(const struct machine_pins *pins);
void machine_unpin_chain(struct machine_pins *pins, const struct machine_program *program);

/* With everything in it; no such directory is fine. */
void machine_remove_pins(struct machine *machine, unsigned int ifindex, enum hook hook);

/*
 * Everything, in a fixed order:
 *
 *	eth0 (2) tcx-ingress, revision 3: a+b by link 5; cil_in by link 3
 *	pins 2 tcx-ingress: link 5, a+b
 */
const char *machine_dump(const struct machine *machine, struct arena *arena);

#endif
