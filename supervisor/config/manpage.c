/* Writes the man page to stdout: the template from stdin, with rows from the parser's tables. */
#include "supervisor/config/help.h"

int main(void)
{
	return help_write_man(stdin, stdout) ? 1 : 0;
}
