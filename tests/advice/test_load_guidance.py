"""Loading the first library: complete, safe to run again, and never over what an editor has changed."""

import io
import shutil

import pytest
from django.core.management import CommandError, call_command

from advice import actions, content_files, library
from advice.management.commands import load_guidance
from advice.models import CoreResponse, Release, Scenario, ScenarioVersion, Source, Wording
from tests.factories import NOW, person

pytestmark = pytest.mark.django_db

ALL = sorted(path.stem for path in (content_files.CONTENT / "scenarios").glob("*.md"))
KEPT = ["exposure", "sibling"]


@pytest.fixture
def folder(tmp_path, monkeypatch, settings):
    """A content folder of two scenarios with two wordings each, so that nothing long is embedded."""
    made = tmp_path / "content"
    shutil.copytree(content_files.CONTENT, made, ignore=shutil.ignore_patterns("*.txt", "README.md"))
    (made / "wordings").mkdir(exist_ok=True)
    for slug in ALL:
        if slug not in KEPT:
            (made / "scenarios" / f"{slug}.md").unlink()
    for slug in [*KEPT, "none"]:
        (made / "wordings" / f"{slug}.txt").write_text(f"{slug} one\n{slug} two\n", encoding="utf-8")
    monkeypatch.setattr(content_files.scenario_files, "__defaults__", (made,))
    monkeypatch.setattr(content_files.table, "__defaults__", (made,))
    monkeypatch.setattr(load_guidance, "CONTENT", made)
    return made


def load():
    said = io.StringIO()
    call_command("load_guidance", stdout=said)
    return said.getvalue()


def change(folder, slug, old, new):
    path = folder / "scenarios" / f"{slug}.md"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def counts():
    return [
        model.objects.count() for model in (Scenario, Wording, Source, CoreResponse, ScenarioVersion, Release)
    ]


def test_what_is_loaded_is_published_and_triage_has_its_wordings(folder):
    assert "2 written, 0 kept" in load()
    shelf = library.current()
    assert sorted(one.slug for one in shelf.triage.scenarios) == KEPT
    assert {f"{slug} {number}" for slug in KEPT for number in ("one", "two")} <= set(shelf.triage.texts)


def test_loading_again_changes_nothing(folder):
    load()
    before = counts()
    assert "0 written, 0 kept" in load()
    assert counts() == before


@pytest.mark.parametrize(
    "edit",
    [
        lambda one: Scenario.objects.filter(pk=one.pk).update(do_now="- The editor's own sentence."),
        lambda one: one.wordings.first().delete(),
        lambda one: Wording.objects.create(scenario=one, text="the editor's own wording"),
        lambda one: one.citations.first().delete(),
    ],
    ids=["a part", "a wording taken out", "a wording put in", "a source taken out"],
)
def test_what_an_editor_changed_is_kept_and_the_rest_follows_the_files(folder, edit):
    load()
    edit(Scenario.objects.get(slug="exposure"))
    after_edit = Scenario.objects.get(slug="exposure").snapshot()
    for slug in KEPT:
        change(folder, slug, "## Do now\n", "## Do now\n\n- New in the file.\n")
    assert "1 written, 1 kept" in load()
    assert Scenario.objects.get(slug="exposure").snapshot() == after_edit
    assert "New in the file" in Scenario.objects.get(slug="sibling").do_now


def test_what_an_editor_withdrew_stays_withdrawn(folder):
    load()
    actions.withdraw(Scenario.objects.get(slug="exposure"), by=person("editor"), at=NOW)
    load()
    assert [one.slug for one in library.current().triage.scenarios] == ["sibling"]


def test_an_editors_source_and_core_response_are_kept(folder):
    load()
    Source.objects.update(title="Corrected")
    CoreResponse.objects.update(text="Corrected")
    load()
    assert set(Source.objects.values_list("title", flat=True)) == {"Corrected"}
    assert CoreResponse.objects.get().text == "Corrected"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("+++\n", "", "two +++ lines"),
        ('slug = "exposure"', "slug = exposure", "Invalid value"),
        ("## Do now", "## Do at once", "headings are"),
        ('kinds = ["exposure"]', 'kinds = ["ghosts"]', "kinds does not know ['ghosts']"),
        ('key = "', 'key = "nowhere-', "sources.toml has no 'nowhere-"),
    ],
)
def test_a_file_of_the_wrong_form_is_named_and_nothing_is_loaded(folder, old, new, said):
    change(folder, "exposure", old, new)
    with pytest.raises(CommandError) as stopped:
        load()
    assert "exposure" in str(stopped.value)
    assert said in str(stopped.value)
    assert not Scenario.objects.exists()


@pytest.mark.parametrize(
    "path", sorted((content_files.CONTENT / "scenarios").glob("*.md")), ids=lambda path: path.stem
)
def test_each_scenario_has_its_parts_twelve_wordings_and_a_source(path):
    file = content_files.scenario_file(path)
    assert file.fields["slug"] == path.stem
    assert len(file.wordings) >= 12
    assert file.sources
    assert file.fields["continuum_reason"] or file.fields["continuum_not_applicable"]
    known = content_files.table("sources.toml")
    assert all(source["key"] in known for source in file.sources)
    related = {other.stem for other in path.parent.glob("*.md")}
    assert set(file.fields["related"]) <= related - {path.stem}


def test_no_wording_stands_twice():
    every = [
        line
        for path in (content_files.CONTENT / "wordings").glob("*.txt")
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    assert len(every) == len({line.casefold() for line in every})
