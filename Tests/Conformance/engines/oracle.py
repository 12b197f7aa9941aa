"""The rule word for word."""
import oracle


class Oracle:
    name = "oracle"

    def version(self) -> str:
        return "docs/concepts.md"

    def training_set(self, case, folder):
        return oracle.training_set(case)


ENGINES = {"oracle": Oracle}
