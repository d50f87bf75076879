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
