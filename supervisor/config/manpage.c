/* Makes the man page: the template on stdin, its rows from the tables of the parser, to stdout. */
#include "supervisor/config/help.h"

int main(void)
{
	return help_write_man(stdin, stdout) ? 1 : 0;
}
