"""Texts from outside."""


def test_long_names_of_classes_are_not_shown() -> None:
    """They may be texts: on the page neither."""
    from harness.report.notes import facts_of
    from harness.results.manifest import About
    from harness.wording.visible import class_name

    assert class_name("x" * 60, 1) == "x" * 60
    assert class_name("x" * 1312, 17) == "class 17 (1,312 characters)"
    facts = facts_of(About("classification", ("accuracy",), 9, labels=("login", "please help me to " * 9)), ())
    assert facts["classes"] == "2 (login, class 2 (162 characters))"
