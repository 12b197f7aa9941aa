/// `GET /openapi.json`: the interface in OpenAPI 3.1.
enum OpenAPI {
    static let document: StaticString = #"""
        {
          "openapi": "3.1.0",
          "info": {
            "title": "fstore",
            "version": "1",
            "summary": "Online features by key.",
            "description": "The paths without /v1 are Feast's (0.67), so that its clients work unchanged. A request's header X-Request-Id comes back with its answer."
          },
          "security": [{"bearer": []}, {}],
          "paths": {
            "/health": {
              "get": {"summary": "Whether the server answers.", "security": [], "responses": {"200": {"description": "It does."}, "default": {"$ref": "#/components/responses/Error"}}}
            },
            "/get-online-features": {
              "post": {
                "summary": "Features of a batch of entities, feature by feature.",
                "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ReadRequest"}}}},
                "responses": {
                  "200": {"description": "The values.", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ReadAnswer"}}}},
                  "default": {"$ref": "#/components/responses/Error"}
                }
              }
            },
            "/push": {
              "post": {
                "summary": "Rows for a view (or for every view of a source): kept durably, online and in history, when answered.",
                "parameters": [{"$ref": "#/components/parameters/IdempotencyKey"}],
                "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/PushRequest"}}}},
                "responses": {"200": {"description": "The rows are kept; the body is empty."}, "507": {"$ref": "#/components/responses/DiskFull"}, "default": {"$ref": "#/components/responses/Error"}}
              }
            },
            "/write-to-online-store": {
              "post": {
                "summary": "Rows for a view, with the columns event_timestamp and created, whatever its source calls them.",
                "parameters": [{"$ref": "#/components/parameters/IdempotencyKey"}],
                "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/WriteRequest"}}}},
                "responses": {"200": {"description": "The rows are kept; the body is null.", "content": {"application/json": {"schema": {"type": "null"}}}}, "507": {"$ref": "#/components/responses/DiskFull"}, "default": {"$ref": "#/components/responses/Error"}}
              }
            },
            "/materialize": {
              "post": {
                "summary": "Brings what is new in views' histories online, from start_ts to end_ts.",
                "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/MaterializeRequest"}}}},
                "responses": {"200": {"description": "Done; the body is null.", "content": {"application/json": {"schema": {"type": "null"}}}}, "409": {"$ref": "#/components/responses/Error"}, "default": {"$ref": "#/components/responses/Error"}}
              }
            },
            "/materialize-incremental": {
              "post": {
                "summary": "Brings what is new in views' histories online, up to end_ts.",
                "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/MaterializeRequest"}}}},
                "responses": {"200": {"description": "Done; the body is null.", "content": {"application/json": {"schema": {"type": "null"}}}}, "409": {"$ref": "#/components/responses/Error"}, "default": {"$ref": "#/components/responses/Error"}}
              }
            },
            "/v1/vectors": {
              "post": {
                "summary": "The numbers of a service as float32 vectors: JSON, or raw after a line of JSON (Accept: application/octet-stream).",
                "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ReadRequest"}}}},
                "responses": {
                  "200": {
                    "description": "The vectors; null (raw: NaN) for what is null, unknown or too old.",
                    "content": {
                      "application/json": {"schema": {"$ref": "#/components/schemas/Vectors"}},
                      "application/octet-stream": {"schema": {"type": "string", "format": "binary", "description": "{\"rows\":n,\"width\":w,\"type\":\"float32\"}, a newline, and n x w little-endian float32."}}
                    }
                  },
                  "default": {"$ref": "#/components/responses/Error"}
                }
              }
            },
            "/v1/services": {"get": {"summary": "All feature services.", "responses": {"200": {"description": "Their descriptions.", "content": {"application/json": {"schema": {"type": "object"}}}}, "default": {"$ref": "#/components/responses/Error"}}}},
            "/v1/services/{name}": {
              "get": {
                "summary": "One feature service.",
                "parameters": [{"$ref": "#/components/parameters/Name"}],
                "responses": {"200": {"description": "Its description.", "content": {"application/json": {"schema": {"type": "object"}}}}, "default": {"$ref": "#/components/responses/Error"}}
              }
            },
            "/v1/views": {"get": {"summary": "All feature views.", "responses": {"200": {"description": "Their descriptions.", "content": {"application/json": {"schema": {"type": "object"}}}}, "default": {"$ref": "#/components/responses/Error"}}}},
            "/v1/views/{name}": {
              "get": {
                "summary": "One feature view.",
                "parameters": [{"$ref": "#/components/parameters/Name"}],
                "responses": {"200": {"description": "Its description.", "content": {"application/json": {"schema": {"type": "object"}}}}, "default": {"$ref": "#/components/responses/Error"}}
              }
            },
            "/metrics": {"get": {"summary": "Requests, latencies, rows, statuses and staleness, for Prometheus.", "responses": {"200": {"description": "Prometheus' text format.", "content": {"text/plain": {"schema": {"type": "string"}}}}, "default": {"$ref": "#/components/responses/Error"}}}},
            "/openapi.json": {"get": {"summary": "This document.", "responses": {"200": {"description": "OpenAPI 3.1.", "content": {"application/json": {"schema": {"type": "object"}}}}, "default": {"$ref": "#/components/responses/Error"}}}}
          },
          "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "description": "From 'fstore token create'; needed where the server listens beyond its own machine."}},
            "parameters": {
              "Name": {"name": "name", "in": "path", "required": true, "schema": {"type": "string"}},
              "IdempotencyKey": {"name": "Idempotency-Key", "in": "header", "required": false, "schema": {"type": "string"}, "description": "A batch id: rows that come again under it change nothing."}
            },
            "responses": {
              "DiskFull": {"description": "The disk is full: nothing of the request was stored. Retry-After says when to try again.", "headers": {"Retry-After": {"schema": {"type": "integer"}}}, "content": {"application/json": {"schema": {"type": "string"}}}},
              "Error": {"description": "A JSON string that holds JSON: module, class and message, as Feast's clients read it.", "content": {"application/json": {"schema": {"type": "string"}}}}
            },
            "schemas": {
              "ReadRequest": {
                "type": "object",
                "required": ["entities"],
                "properties": {
                  "entities": {"type": "object", "additionalProperties": {"type": "array"}, "description": "A column a join key, and one a request field; all of one length."},
                  "features": {"type": "array", "items": {"type": "string"}, "description": "view:feature or view:*; or name a feature_service."},
                  "feature_service": {"type": "string"},
                  "full_feature_names": {"type": "boolean", "default": false},
                  "encoded": {"type": "boolean", "default": false, "description": "/v1/vectors: the numbers of the service's newest fitted encoders."},
                  "state": {"type": ["integer", "null"], "description": "/v1/vectors: those of this version of them."},
                  "at": {"type": "string", "format": "date-time", "description": "Judges ages as of this time; default: now."}
                }
              },
              "ReadAnswer": {
                "type": "object",
                "required": ["results", "metadata"],
                "additionalProperties": false,
                "properties": {
                  "results": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "required": ["values", "statuses", "event_timestamps"],
                      "additionalProperties": false,
                      "properties": {
                        "values": {"type": "array"},
                        "statuses": {"type": "array", "items": {"enum": ["PRESENT", "NULL_VALUE", "NOT_FOUND", "OUTSIDE_MAX_AGE"]}},
                        "event_timestamps": {"type": "array", "items": {"type": "string", "format": "date-time"}}
                      }
                    }
                  },
                  "metadata": {"type": "object", "required": ["feature_names"], "properties": {"feature_names": {"type": "array", "items": {"type": "string"}}}}
                }
              },
              "Vectors": {
                "type": "object",
                "required": ["rows", "width", "vectors"],
                "additionalProperties": false,
                "properties": {
                  "rows": {"type": "integer"},
                  "width": {"type": "integer"},
                  "encoders": {"type": "string", "description": "Of encoded vectors, the fitted encoders: SERVICE@N."},
                  "vectors": {"type": "array", "items": {"type": "array", "items": {"type": ["number", "string", "null"]}}}
                }
              },
              "PushRequest": {
                "type": "object",
                "required": ["push_source_name", "df"],
                "properties": {
                  "push_source_name": {"type": "string", "description": "A feature view, or a source whose views all take the rows."},
                  "df": {"type": "object", "additionalProperties": {"type": "array"}},
                  "to": {"enum": ["online", "offline", "online_and_offline"], "description": "Rows always go to both, so that no value is served that training cannot see."},
                  "stream": {"$ref": "#/components/schemas/Stream"}
                }
              },
              "WriteRequest": {
                "type": "object",
                "required": ["feature_view_name", "df"],
                "properties": {"feature_view_name": {"type": "string"}, "df": {"type": "object", "additionalProperties": {"type": "array"}}, "stream": {"$ref": "#/components/schemas/Stream"}}
              },
              "Stream": {
                "type": "object",
                "description": "The rows are the next of this stream: the columns of df that tell where each stands. Rows that do not lie beyond the stored position of their partition are left out.",
                "required": ["name", "position_field"],
                "properties": {"name": {"type": "string"}, "position_field": {"type": "string"}, "partition_field": {"type": ["string", "null"]}}
              },
              "MaterializeRequest": {
                "type": "object",
                "properties": {
                  "start_ts": {"type": ["string", "null"], "format": "date-time"},
                  "end_ts": {"type": ["string", "null"], "format": "date-time"},
                  "feature_views": {"type": ["array", "null"], "items": {"type": "string"}}
                }
              }
            }
          }
        }

        """#
}
