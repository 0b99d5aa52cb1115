module plumbline-client

go 1.25
