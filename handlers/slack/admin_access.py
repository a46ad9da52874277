"""Who may administer. The role is asked of Slack every time."""

from handlers.slack.asked import Asked
from handlers.slack.words import say


async def allowed(asked: Asked, action: str) -> bool:
    """Whether the person is an administrator at this moment. Whoever is not is told so, and it is written down.

    `action` is a name of ours for what they wanted. SlackTrouble when Slack does not say.
    """
    if not asked.is_outsider:
        now = await asked.kit.people.now(asked.person.user)
        if now.is_admin and not now.is_outsider(await asked.kit.identity.get()):
            return True
    await asked.kit.services.privacy.refuse(asked.person, action)
    await asked.answer(say("admin_not_allowed", asked.profile.locale))
    return False
