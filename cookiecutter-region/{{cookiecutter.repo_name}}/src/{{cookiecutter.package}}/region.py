"""The region: what it runs, in order, and how it presents itself."""

from dcc_core.api import Branding, Establishment, PluginEntry, Region

region = Region(
    slug="{{ cookiecutter.slug }}",
    name="{{ cookiecutter.region_name }}",
    insee_codes=({% for code in cookiecutter.insee_codes.split(',') if code.strip() %}"{{ code.strip() }}",{{ "" if loop.last else " " }}{% endfor %}),
    timezone="{{ cookiecutter.timezone }}",
    plugins=(
{%- for name in cookiecutter.plugins.split(',') if name.strip() %}
{%- set plugin = name.strip().rstrip('?') %}
{%- set own = [] %}
{%- for each in cookiecutter.settings.split(';') if each.strip().startswith(plugin ~ '.') %}
{%- set _ = own.append(each.strip()[plugin | length + 1:]) %}
{%- endfor %}
{%- if own %}
        PluginEntry(
            name="{{ plugin }}",
{%- if name.strip().endswith('?') %}
            optional=True,
{%- endif %}
            settings={
{%- for each in own %}
{%- set key, value = each.split('=', 1) %}
                "{{ key.strip() }}": "{{ value.strip() }}",
{%- endfor %}
            },
        ),
{%- else %}
        PluginEntry(name="{{ plugin }}"{{ ", optional=True" if name.strip().endswith('?') else "" }}),
{%- endif %}
{%- endfor %}
    ),
{%- if cookiecutter.form_packs.strip() %}
    form_packs=({% for pack in cookiecutter.form_packs.split(',') if pack.strip() %}"{{ pack.strip() }}",{{ "" if loop.last else " " }}{% endfor %}),
{%- endif %}
    branding=Branding(
        short_name="DCC {{ cookiecutter.region_name }}",
        accent="{{ cookiecutter.accent }}",
        accent_on="{{ cookiecutter.accent_on }}",
        support_email="{{ cookiecutter.support_email }}",
    ),
    establishments=(
{%- for entry in cookiecutter.establishments.split(';') if entry.strip() %}
{%- set finess, rest = entry.strip().split('=', 1) %}
{%- set name, at, oid = rest.partition('@') %}
        Establishment(
            finess="{{ finess.strip() }}",
            name="{{ name.strip().rstrip('*').strip() }}",
            is_3c={{ name.strip().endswith('*') }},
{%- if oid.strip() %}
            patient_oid="{{ oid.strip() }}",
{%- endif %}
        ),
{%- endfor %}
    ),
)
