import Columnar
import FeatureServer
import FeatureStore
import Foundation

extension Command {
    static let serve = Command(
        name: "serve", summary: "Serves online features by HTTP.",
        discussion: """
            Feast's wire format, so that Feast's clients work unchanged, and endpoints of our own under /v1; /metrics in
            Prometheus' format, /openapi.json. Definitions that are applied meanwhile take effect without a restart. SIGTERM
            or Ctrl-C ends it once the requests in flight are answered.

            On an address that other machines can reach, every request but /health needs a token ('fstore help token').
            """,
        options: [
            Option(name: "host", kind: .value("ADDRESS"), help: "Where to listen. Default: 127.0.0.1."),
            Option(name: "port", kind: .value("PORT"), help: "Default: 6566; 0 takes a free one."),
            Option(name: "threads", kind: .value("N"), help: "Threads that serve connections. Default: one a core."),
            Option(name: "access-log", kind: .value("FILE"), help: "A line a request; - for standard output."),
            Option(name: "max-body", kind: .value("BYTES"), help: "The longest request. Default: 16777216."),
            Option(name: "max-rows", kind: .value("N"), help: "Entities or rows in one request. Default: 10000."),
            Option(
                name: "max-connections", kind: .value("N"),
                help: "Connections at once. Default: 12000, or what the limit of open files allows."),
            Option(
                name: "idle-timeout", kind: .value("SECONDS"), help: "Closes connections idle so long. Default: 60."),
            Option(
                name: "request-timeout", kind: .value("SECONDS"),
                help: "Closes connections whose request takes longer to arrive. Default: 30."),
            Option(name: "require-token", help: "Asks for a token on 127.0.0.1 too."),
            Option(name: "tls-cert", kind: .value("FILE"), help: "The certificate (PEM) to serve by HTTPS."),
            Option(name: "tls-key", kind: .value("FILE"), help: "The certificate's private key (PEM)."),
        ],
        examples: [
            ("fstore serve", "on this machine only"),
            ("fstore serve --port 0 --access-log -", "on any free port, with a log"),
        ]
    ) { arguments, terminal in
        var configuration = ServerConfiguration()
        configuration.http.host = arguments.value("host") ?? configuration.http.host
        let ports = "a port from 0 to 65535"
        configuration.http.port = try arguments.value("port", ports, { UInt16($0) }) ?? configuration.http.port
        configuration.http.threads =
            try arguments.positiveNumber("threads") ?? ProcessInfo.processInfo.activeProcessorCount
        configuration.accessLog = arguments.value("access-log")
        configuration.maximumRows = try arguments.positiveNumber("max-rows") ?? configuration.maximumRows
        var limits = HTTPLimits()
        limits.bodyBytes = try arguments.positiveNumber("max-body") ?? limits.bodyBytes
        limits.connections = try arguments.positiveNumber("max-connections") ?? limits.connections
        limits.idleSeconds = try arguments.positiveNumber("idle-timeout") ?? limits.idleSeconds
        limits.requestSeconds = try arguments.positiveNumber("request-timeout") ?? limits.requestSeconds
        configuration.http.limits = limits
        configuration.requiresTokens = arguments.flag("require-token")
        configuration.http.tls = try tls(arguments)
        let store = try arguments.openStore()
        let server = try FeatureServer(project: store.project.root, configuration)
        let scheme = configuration.http.tls == nil ? "http" : "https"
        let host = configuration.http.host.contains(":") ? "[\(configuration.http.host)]" : configuration.http.host
        terminal.say("serving \(store.project.root) on \(scheme)://\(host):\(server.port)")
        terminal.flush()
        _ = Interruption.process.waitForSignal()
        server.stop()
        terminal.say("stopped")
    }

    private static func tls(_ arguments: ParsedArguments) throws -> HTTPConfiguration.TLS? {
        switch (arguments.value("tls-cert"), arguments.value("tls-key")) {
        case (nil, nil): return nil
        case (let certificate?, let key?):
            return HTTPConfiguration.TLS(certificate: try text(of: certificate), key: try text(of: key))
        default: throw UsageError(description: "--tls-cert and --tls-key go together")
        }
    }

    private static func text(of path: String) throws -> String {
        do {
            return try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw DataError("cannot be read; --tls-cert and --tls-key name PEM files", file: path)
        }
    }
}

extension ParsedArguments {
    /// A whole number above 0; nil if the option is not given.
    fileprivate func positiveNumber(_ name: String) throws -> Int? {
        try value(name, "a whole number above 0") { Int($0).flatMap { $0 > 0 ? $0 : nil } }
    }
}
