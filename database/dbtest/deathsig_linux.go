package dbtest

import "syscall"

// dieWithParent has the system interrupt the process when the thread that starts it ends.
func dieWithParent(attributes *syscall.SysProcAttr) { attributes.Pdeathsig = syscall.SIGINT }
