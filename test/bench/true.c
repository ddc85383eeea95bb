/* The workload of every start measurement: nothing. */
int main(void) { return 0; }
