"""Output appears at once or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from parkatlas.errors import OutputError, WriteError
from parkatlas.output import replace_file, replace_folder, verify

OURS = json.dumps({"versions": {"parkatlas": "0"}, "outputs": ["old.txt", "report.json"]})


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name.startswith("."))


def test_a_new_folder_appears_when_the_block_ends(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "atlas"
    with replace_folder(target) as staging:
        (staging / "a.txt").write_text("new")
        assert not target.exists()
    assert (target / "a.txt").read_text() == "new"
    assert leftovers(target.parent) == []


def test_an_atlas_is_replaced_whole(tmp_path: Path) -> None:
    target = tmp_path / "atlas"
    target.mkdir()
    (target / "report.json").write_text(OURS)
    (target / "old.txt").write_text("old")
    with replace_folder(target) as staging:
        (staging / "new.txt").write_text("new")
    assert [path.name for path in target.iterdir()] == ["new.txt"]
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt(), SystemExit(143)])
def test_the_old_output_stays_when_the_block_fails(tmp_path: Path, failure: BaseException) -> None:
    target = tmp_path / "atlas"
    target.mkdir()
    (target / "report.json").write_text(OURS)
    expected = WriteError if isinstance(failure, OSError) else type(failure)
    with pytest.raises(expected), replace_folder(target) as staging:
        (staging / "half.txt").write_text("half")
        raise failure
    assert [path.name for path in target.iterdir()] == ["report.json"]
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize("content", ["", "{}", '{"versions": {}}', "[1]"])
def test_a_folder_that_is_no_atlas_is_never_replaced(tmp_path: Path, content: str) -> None:
    target = tmp_path / "precious"
    target.mkdir()
    (target / "thesis.docx").write_text("ten years")
    if content:
        (target / "report.json").write_text(content)
    with pytest.raises(OutputError, match="not an atlas"), replace_folder(target):
        pytest.fail("the block must not run")
    assert (target / "thesis.docx").read_text() == "ten years"


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "atlas").write_text("a file")
    with pytest.raises(OutputError), replace_folder(tmp_path / "atlas"):
        pytest.fail("the block must not run")
    with pytest.raises(OutputError, match="cannot create"), replace_folder(tmp_path / "atlas" / "below"):
        pytest.fail("the block must not run")


def test_the_working_folder_and_its_parents_are_never_swapped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for target in (Path(), tmp_path):
        with pytest.raises(OutputError, match="working folder"), replace_folder(target):
            pytest.fail("the block must not run")


def test_an_interrupted_swap_puts_the_old_output_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "atlas"
    target.mkdir()
    (target / "report.json").write_text(OURS)
    honest = Path.rename

    def interrupted(self: Path, to: Path) -> Path:
        if ".staging-" in self.name:
            raise KeyboardInterrupt
        return honest(self, to)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt), replace_folder(target) as staging:
        (staging / "new.txt").write_text("new")
    assert [path.name for path in target.iterdir()] == ["report.json"]
    assert leftovers(tmp_path) == []


def test_a_folder_in_the_place_of_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "map.html").mkdir()
    with pytest.raises(OutputError, match="folder of that name"), replace_file(tmp_path / "map.html"):
        pytest.fail("the block must not run")


def test_a_file_is_replaced_or_kept(tmp_path: Path) -> None:
    target = tmp_path / "map.html"
    target.write_text("old")
    with pytest.raises(WriteError), replace_file(target) as staging:
        staging.write_text("half")
        raise OSError(28, "No space left on device")
    assert target.read_text() == "old"
    with replace_file(target) as staging:
        staging.write_text("new")
    assert target.read_text() == "new"
    assert leftovers(tmp_path) == []


def test_verify_misses_nothing(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text("{}")
    (tmp_path / "index.html").write_text("<!DOCTYPE html><html></html>")
    verify(tmp_path, ["report.json", "index.html"])
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(WriteError, match=r"empty\.csv"):
        verify(tmp_path, ["empty.csv"])
    (tmp_path / "index.html").write_text("<!DOCTYPE html><html>")
    with pytest.raises(WriteError, match="not whole"):
        verify(tmp_path, [])


def _atlas_at(folder: Path, made_by: str = "build", **more: object) -> Path:
    folder.mkdir()
    report = {"versions": {"parkatlas": "0"}, "made_by": made_by, "outputs": ["report.json", *more], "to_correct": {}}
    (folder / "report.json").write_text(json.dumps(report), encoding="utf-8")
    return folder


def test_what_another_verb_made_is_not_replaced(tmp_path: Path) -> None:
    target = _atlas_at(tmp_path / "atlas")
    with pytest.raises(OutputError, match="not an atlas"), replace_folder(target, "export"):
        pass
    with replace_folder(target, "build") as staging:
        (staging / "new").write_text("new", encoding="utf-8")
    assert [file.name for file in target.iterdir()] == ["new"]


def test_files_that_others_put_into_an_atlas_are_not_swept_away(tmp_path: Path) -> None:
    target = _atlas_at(tmp_path / "atlas")
    (target / "gis").mkdir()
    (target / "gis" / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match=r"gis/notes\.txt"), replace_folder(target, "build"):
        pass
    assert (target / "gis" / "notes.txt").read_text(encoding="utf-8") == "mine"


def test_what_a_system_leaves_in_a_folder_does_not_count_as_work(tmp_path: Path) -> None:
    target = _atlas_at(tmp_path / "atlas")
    (target / "Thumbs.db").write_bytes(b"seen")
    with replace_folder(target, "build"):
        pass
    assert not [*target.iterdir()]


def test_an_input_is_never_written_over(tmp_path: Path) -> None:
    source = tmp_path / "list.csv"
    source.write_text("the office's own", encoding="utf-8")
    with pytest.raises(OutputError, match="read from"), replace_file(tmp_path / "." / "list.csv", [source]):
        pass
    assert source.read_text(encoding="utf-8") == "the office's own"
