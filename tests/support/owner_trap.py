"""What the owner of a database may make and set there, so that a superuser's session that does not pin its settings makes
him one."""

# Whoever calls it as superuser makes the owner one. `schema`: where it stands.
SPRING = """
CREATE SCHEMA {schema};
CREATE FUNCTION {schema}.spring() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) current_user) THEN
        ALTER ROLE owner SUPERUSER;
    END IF;
    RETURN true;
END $$;
"""
# Operators and a type in its schema `trap`, before those of pg_catalog in the path of the database app.
OPERATORS = """
CREATE FUNCTION trap.same(name, text) RETURNS boolean LANGUAGE sql AS
    'SELECT trap.spring() AND $1 OPERATOR(pg_catalog.=) $2';
CREATE FUNCTION trap.same(name, name) RETURNS boolean LANGUAGE sql AS
    'SELECT trap.spring() AND $1 OPERATOR(pg_catalog.=) $2';
CREATE FUNCTION trap.same(text, text) RETURNS boolean LANGUAGE sql AS
    'SELECT trap.spring() AND $1 OPERATOR(pg_catalog.=) $2';
CREATE FUNCTION trap.field(jsonb, text) RETURNS text LANGUAGE sql AS
    'SELECT CASE WHEN trap.spring() THEN pg_catalog.jsonb_extract_path_text($1, $2) END';
CREATE OPERATOR trap.= (FUNCTION = trap.same, LEFTARG = name, RIGHTARG = text);
CREATE OPERATOR trap.= (FUNCTION = trap.same, LEFTARG = name, RIGHTARG = name);
CREATE OPERATOR trap.= (FUNCTION = trap.same, LEFTARG = text, RIGHTARG = text);
CREATE OPERATOR trap.->> (FUNCTION = trap.field, LEFTARG = jsonb, RIGHTARG = text);
CREATE DOMAIN trap.text AS pg_catalog.text CHECK (trap.spring());
ALTER DATABASE app SET search_path = trap, pg_catalog;
"""
TRAP = SPRING.format(schema="trap") + OPERATORS
# What only a statement of ours uses, and not Citus' own sessions from time to time.
COUNTING_TRAP = SPRING.format(schema="trap") + """
CREATE FUNCTION trap.same(bigint, bigint) RETURNS boolean LANGUAGE sql AS
    'SELECT trap.spring() AND $1 OPERATOR(pg_catalog.=) $2';
CREATE OPERATOR trap.= (FUNCTION = trap.same, LEFTARG = bigint, RIGHTARG = bigint);
CREATE DOMAIN trap.text AS pg_catalog.text CHECK (trap.spring());
ALTER DATABASE app SET search_path = trap, pg_catalog;
"""

# Operators of the schema public for what those of pg_catalog take by an implicit conversion only, so that they win although
# pg_catalog comes first: for sessions of ours that have public in their path. Citus' own have it, too.
PUBLIC_TRAP = """
CREATE FUNCTION public.spring() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF pg_catalog.starts_with(pg_catalog.current_setting('application_name'), 'citus-init') THEN
        ALTER ROLE owner SUPERUSER;
    END IF;
    RETURN true;
END $$;
CREATE FUNCTION public.same(pg_catalog.noderole, pg_catalog.noderole) RETURNS boolean LANGUAGE sql AS
    'SELECT public.spring() AND pg_catalog.enum_eq($1, $2)';
CREATE FUNCTION public.same(oid, regclass) RETURNS boolean LANGUAGE sql AS
    'SELECT public.spring() AND $1 OPERATOR(pg_catalog.=) $2::oid';
CREATE FUNCTION public.same(regclass, regclass) RETURNS boolean LANGUAGE sql AS
    'SELECT public.spring() AND $1::oid OPERATOR(pg_catalog.=) $2::oid';
CREATE FUNCTION public.joined(text, integer) RETURNS text LANGUAGE sql AS
    'SELECT CASE WHEN public.spring() THEN pg_catalog.concat($1, $2) END';
CREATE OPERATOR public.= (FUNCTION = public.same, LEFTARG = pg_catalog.noderole, RIGHTARG = pg_catalog.noderole);
CREATE OPERATOR public.= (FUNCTION = public.same, LEFTARG = oid, RIGHTARG = regclass);
CREATE OPERATOR public.= (FUNCTION = public.same, LEFTARG = regclass, RIGHTARG = regclass);
CREATE OPERATOR public.|| (FUNCTION = public.joined, LEFTARG = text, RIGHTARG = integer);
"""
