# Print the commands of a Makefile in their groups: "##@ group" lines, and "name: ## what it does".
BEGIN { FS = ":.*## " }
/^##@ / { printf "\n%s\n", substr($0, 5) }
/^[a-z]+:.*## / && $1 != "help" { printf "  make %-9s %s\n", $1, $2 }
END { print "" }
