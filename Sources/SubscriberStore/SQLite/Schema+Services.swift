extension Schema {
    /// Public service identities that an application server serves itself, and that may be shut.
    static let publicServices = """
        -- PSI activation state, TS 23.228 §5.4.12: 0 shut; 1 for all others.
        ALTER TABLE public_identity ADD COLUMN active INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1));
        -- Who takes requests straight from the I-CSCF, TS 29.228 §6.1.4, TS 23.228 §5.7.6.
        ALTER TABLE public_identity ADD COLUMN application_server INTEGER REFERENCES application_server;
        CREATE INDEX public_identity_application_server ON public_identity (application_server)
            WHERE application_server IS NOT NULL;  -- few among millions
        """
}
