// bulkhead: starts and stops the gateway's daemons. It holds no secret and parses nothing that a daemon sends.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "launcher/command.h"
#include "launcher/role_report.h"
#include "launcher/stop.h"
#include "launcher/supervisor.h"

int main(int argc, char **argv)
{
    static struct command command;

    command_parse(argc, argv, BULKHEAD_VERSION, &command);
    if (command.verb == COMMAND_DONE)
        return EXIT_SUCCESS;
    if (command.verb == COMMAND_WRONG)
        return 2;
    if (command.verb == COMMAND_ROLES) {
        if (role_report_print(stdout) == 0)
            return EXIT_SUCCESS;
        fprintf(stderr, "bulkhead: the tables can't be written\n");
        return EXIT_FAILURE;
    }
    if (geteuid() != 0) {
        fprintf(stderr,
                "bulkhead: must be run as root (it needs to open the TUN, ports 500 and 4500, and the firewall)\n");
        return EXIT_FAILURE;
    }
    log_init("bulkhead", command.options.log_level, command.options.log_format);
    return command.verb == COMMAND_RUN ? supervisor_run(&command) : stop_run(&command);
}
