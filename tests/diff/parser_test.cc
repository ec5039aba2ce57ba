#include "coefficient/diff/parser.h"
