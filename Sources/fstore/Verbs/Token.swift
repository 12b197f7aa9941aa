import Columnar
import FeatureServer
import FeatureStore

extension Command {
    static let token = Command(
        name: "token", summary: "Makes, lists and revokes the tokens that a server asks for.",
        discussion: """
            A server that other machines can reach asks each request for a token: 'Authorization: Bearer TOKEN'. The store keeps
            a digest only, so a token is shown once, when it is made. Scopes: read:SERVICE (read:* for all, and single
            features), push:VIEW (push:* for all), metrics, admin (everything). A server notices within a second.
            """,
        arguments: [
            Argument(
                name: "ACTION", help: "create, list or revoke.", completion: .choices(["create", "list", "revoke"])),
            Argument(name: "ID", help: "The token to revoke.", count: .optional),
        ],
        options: [
            Option(name: "scope", kind: .value("SCOPE|…"), help: "What it allows; several with | or commas between."),
            Option(name: "note", kind: .value("TEXT"), help: "What it is for."),
            Option(name: "expires-in", kind: .value("DURATION"), help: "How long it holds. Default: until revoked."),
        ],
        examples: [
            ("fstore token create --scope read:eta_v1 --note 'model server'", "reads one service, nothing else"),
            ("fstore token revoke kZ3vT9Qa", "ends a token"),
        ]
    ) { arguments, terminal in
        let id = arguments.argument("ID")
        switch arguments.argument("ACTION") {
        case "create":
            if let id { throw UsageError(description: "'\(id)' is one word too many; a token's id is made for it") }
            try create(arguments, terminal)
        case "list":
            try list(arguments, terminal)
        case "revoke":
            guard let id else { throw UsageError(description: "the ID of the token is missing") }
            guard try arguments.openStore().revokeAccessToken(id) else {
                throw StoreError.badRequest("there is no valid token '\(id)'; 'fstore token list' shows them")
            }
            terminal.say("\(id) is revoked.")
            try terminal.printJSON(["revoked": id])
        case let word:
            throw UsageError(description: "'\(word ?? "")' is no action; say create, list or revoke")
        }
    }

    private static func create(_ arguments: ParsedArguments, _ terminal: Terminal) throws {
        guard let text = arguments.value("scope") else {
            throw UsageError(
                description:
                    "--scope is missing: read:SERVICE, push:VIEW, label:SERVICE, examples:SERVICE, metrics or admin")
        }
        let scopes = try text.split(whereSeparator: { "|,".contains($0) }).map { word in
            guard let scope = AccessScope(String(word)) else {
                throw UsageError(
                    description:
                        "'\(word)' is no scope; write read:SERVICE, push:VIEW, label:SERVICE, examples:SERVICE, metrics or admin"
                )
            }
            return scope
        }
        let store = try arguments.openStore()
        let definitions = try store.definitions()
        for scope in scopes {
            switch scope {
            case .read(let name) where name != "*" && definitions.featureService(named: name) == nil:
                throw StoreError.unknown(
                    kind: "feature service", name: name,
                    suggestion: Spelling.nearest(to: name, in: definitions.featureServices.map(\.name)))
            case .push(let name) where name != "*": _ = try definitions.storedView(named: name)
            default: break
            }
        }
        let lifetime = try arguments.value("expires-in", "a duration such as 30d or 12h", TimeSpan.init)
        let token = BearerToken()
        let expires = lifetime.map { Timestamp(microseconds: Timestamp.now.microseconds + $0.microseconds) }
        try store.add(token.record(scopes: scopes, note: arguments.value("note") ?? "", expires: expires))
        terminal.say(token.text)
        terminal.say("Keep it now: it is not shown again. Its id is \(token.id).")
        try terminal.printJSON(["token": token.text, "id": token.id])
    }

    private static func list(_ arguments: ParsedArguments, _ terminal: Terminal) throws {
        struct Listed: Encodable {
            let id: String
            let scopes: [String]
            let note: String
            let created: String
            let expires: String?
            let revoked: String?
        }
        let tokens = try arguments.openStore().accessTokens()
        var table = TextTable(["id", "scopes", "created", "expires", "revoked", "note"])
        for token in tokens {
            table.add([
                token.id, token.scopes.joined(separator: " "), token.created.description,
                token.expires?.description ?? "–", token.revoked?.description ?? "–", token.note,
            ])
        }
        for line in table.lines() { terminal.say(line) }
        try terminal.printJSON([
            "tokens": tokens.map {
                Listed(
                    id: $0.id, scopes: $0.scopes, note: $0.note, created: $0.created.description,
                    expires: $0.expires?.description, revoked: $0.revoked?.description)
            }
        ])
    }
}
