// bhctl, the operator's tool.
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "ctl/arguments.h"
#include "ctl/command.h"
#include "lib/core/clock.h"
#include "lib/schema/wiping.h"

static unsigned terminal_width(void)
{
    struct winsize size;

    return isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

int main(int argc, char **argv)
{
    struct invocation inv = {
        .version = BULKHEAD_VERSION,
        .in = stdin,
        .out = stdout,
        .err = stderr,
        .width = terminal_width(),
        .now_s = (int64_t)clock_wall_s(&clock_system),
    };
    enum exit_code code;

    wiping_use_for_json();
    if (arguments_parse(argc, argv, &inv, &code))
        code = inv.command->run(&inv);
    if (fflush(stdout) != 0 && code == EXIT_OK)
        code = EXIT_REFUSED; // a full disk behind a pipe
    return (int)code;
}
