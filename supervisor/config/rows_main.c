/* Fills a template of docs/ with the rows of the parser's tables: FORMAT <TEMPLATE >RESULT. */
#include "supervisor/config/rows.h"

#include <string.h>

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		const struct row_format *format;
	} formats[] = {
		{"man", &rows_man}, {"bash", &rows_bash}, {"zsh", &rows_zsh}, {"conf", &rows_conf}};
	size_t i;

	for (i = 0; argc == 2 && i < sizeof(formats) / sizeof(formats[0]); i++)
		if (!strcmp(argv[1], formats[i].name))
			return rows_fill(stdin, stdout, formats[i].format) ? 1 : 0;
	return 2;
}
