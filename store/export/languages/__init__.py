"""What an export needs to know of the candidates' languages; one module a language."""
