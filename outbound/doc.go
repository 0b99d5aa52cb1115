// Package outbound reaches the world outside: other people's web servers, and stores of files. It
// implements interfaces that services define.
//
// Whatever a person or a record names is asked through Client alone. It connects to public
// addresses and to nothing else, however the address is spelt, whatever a name resolves to, and
// wherever a redirect leads.
package outbound
