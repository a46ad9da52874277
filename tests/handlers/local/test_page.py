import pytest

from tests.localslack import LocalSlack

pytestmark = pytest.mark.slack


async def test_the_page_is_the_one_that_our_changes_were_made_for(slack: LocalSlack) -> None:
    """Each change to the page found its place: no person is shown another's direct messages."""
    async with slack.session.get(slack.workspace.url) as answer:
        html = await answer.text()

    assert "!channel.is_im || channel.members.includes(user)" in html
    assert "!message.ephemeral_to || message.ephemeral_to === user" in html
    assert "l.members.find(g=>a.includes(g));return Bo(c,m)" in html
    assert 'return l.replace(/&(?!(amp|lt|gt);)/g,"&amp;")' in html
    assert 'l.edited&&!ne&&f.jsx("span",{className:"msg-edited"' in html
    assert "onClick:()=>(!l.confirm||confirm(" in html
    assert "try /emotion on" in html
