/* SPDX-License-Identifier: GPL-2.0-only */
/* The sample programs are what their comments say: the kernel takes them, or refuses them. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

#include <bpf/libbpf.h>

#include "tests/support/netns.h"
#include "tests/support/test.h"

static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

/* Loads it without its pin paths, as ordain does. */
static int sample_load(const char *folder, const char *name)
{
	struct bpf_object *object;
	struct bpf_map *map;
	char path[4096];
	int result;

	snprintf(path, sizeof(path), "%s/%s/%s", getenv("ORDAIN_BPF"), folder, name);
	object = bpf_object__open_file(path, NULL);
	if (!object)
		return -errno;
	bpf_object__for_each_map(map, object) bpf_map__set_pin_path(map, NULL);
	result = bpf_object__load(object);
	bpf_object__close(object);
	return result;
}

/* It traces the kernel, which is not to be had under lockdown; the agent does without it there. */
static bool may_be_refused(const char *name)
{
	return !strcmp(name, "notice_full.bpf.o");
}

static void loads_all(const char *folder)
{
	char path[4096];
	struct dirent *entry;
	size_t count = 0;
	DIR *directory;

	snprintf(path, sizeof(path), "%s/%s", getenv("ORDAIN_BPF"), folder);
	directory = opendir(path);
	assert_non_null(directory);
	while ((entry = readdir(directory))) {
		const char *end = strrchr(entry->d_name, '.');

		if (!end || strcmp(end, ".o"))
			continue;
		if (sample_load(folder, entry->d_name) && !may_be_refused(entry->d_name))
			fail_msg("%s/%s does not load", folder, entry->d_name);
		count++;
	}
	closedir(directory);
	assert_int_not_equal(count, 0);
}

static void samples_load(void **state)
{
	(void)state;
	loads_all(".");
}

static void samples_with_features_load(void **state)
{
	(void)state;
	loads_all("features");
}

static void samples_that_only_ordain_refuses_load(void **state)
{
	(void)state;
	assert_int_equal(sample_load("broken", "several.bpf.o"), 0);
	assert_int_equal(sample_load("broken", "no_programs.bpf.o"), 0);
}

/* Loadable on kernels that have the feature; others refuse them for the lack of it. */
static void samples_of_newer_kernels_load(void **state)
{
	static const char *const names[] = { "throw.bpf.o", "local_kptr.bpf.o", "arena.bpf.o" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (sample_load("broken", names[i]))
			print_message("%s does not load on this kernel\n", names[i]);
	}
}

static void samples_that_are_wrong_do_not_load(void **state)
{
	(void)state;
	assert_int_equal(sample_load("broken", "out_of_bounds.bpf.o"), -EACCES);
	assert_int_not_equal(sample_load("broken", "section.bpf.o"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_load),
		cmocka_unit_test(samples_with_features_load),
		cmocka_unit_test(samples_that_only_ordain_refuses_load),
		cmocka_unit_test(samples_of_newer_kernels_load),
		cmocka_unit_test(samples_that_are_wrong_do_not_load),
	};

	libbpf_set_print(quiet);
	netns_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
