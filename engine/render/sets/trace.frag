// A path tracer for small rooms: one path per pixel and pass, added up by blending.
// Solids are unit shapes under affine maps, in groups with bounding boxes; lamps are sampled
// directly (next event estimation), the lens is a disc, so what is out of focus is truly so.
uniform sampler2D solids;      // a row each: world to local (3 rows); kind, taper, material, -
uniform sampler2D groups;      // a row each: lower corner and first, upper corner and end
uniform sampler2D materials;   // a row each: albedo, pattern; emission, gloss; second colour, scale
uniform sampler2D lamps;       // a row each: centre, kind; half axis, radius; half axis, -; emission, -
uniform int group_count;
uniform int lamp_count;
uniform uint pass_number;
uniform vec2 pixels;           // size of the picture
uniform vec4 film;             // half width and half height at distance 1, and its shift
uniform vec2 lens;             // aperture radius, distance in focus
uniform vec3 eye_position;
out vec4 pixel;

const float FAR = 1e9;
const float PI = 3.14159265;

uint state;
float random() {
    state = state * 747796405u + 2891336453u;
    uint word = ((state >> ((state >> 28u) + 4u)) ^ state) * 277803737u;
    return float((word >> 22u) ^ word) / 4294967296.0;
}

struct Hit { float t; vec3 n; vec3 local; int material; };

float noise(vec3 p) {
    vec3 i = floor(p), f = fract(p);
    f = f * f * (3.0 - 2.0 * f);
    vec4 c = vec4(dot(i, vec3(1.0, 57.0, 113.0))) + vec4(0.0, 1.0, 57.0, 58.0);
    vec4 low = fract(sin(c) * 43758.5453), high = fract(sin(c + 113.0) * 43758.5453);
    vec4 z = mix(low, high, f.z);
    vec2 y = mix(z.xy, z.zw, f.y);
    return mix(y.x, y.y, f.x);
}

// Nearest positive distance to a unit shape, FAR if there is none; n is in the local frame.
float box(vec3 o, vec3 d, out vec3 n) {
    vec3 inverse = 1.0 / d;
    vec3 near = -o * inverse - abs(inverse), far = -o * inverse + abs(inverse);
    float from = max(near.x, max(near.y, near.z)), to = min(far.x, min(far.y, far.z));
    if (from > to || to < 1e-4) return FAR;
    bool outside = from > 1e-4;
    vec3 side = outside ? step(vec3(from), near) : step(far, vec3(to));
    n = -sign(d) * side;
    return outside ? from : to;
}

float ball(vec3 o, vec3 d, out vec3 n) {
    float a = dot(d, d), b = dot(o, d), c = dot(o, o) - 1.0;
    float root = b * b - a * c;
    if (root < 0.0) return FAR;
    root = sqrt(root);
    float t = (-b - root) / a;
    if (t < 1e-4) t = (-b + root) / a;
    if (t < 1e-4) return FAR;
    n = o + t * d;
    return t;
}

// A tube along y from -1 to 1, radius 1 below and `taper` above; closed by caps or open.
float tube(vec3 o, vec3 d, float taper, bool closed, out vec3 n) {
    float slope = (taper - 1.0) * 0.5, middle = (taper + 1.0) * 0.5;
    float r = middle + slope * o.y, s = slope * d.y;
    float a = dot(d.xz, d.xz) - s * s, b = dot(o.xz, d.xz) - r * s;
    float c = dot(o.xz, o.xz) - r * r, best = FAR;
    float root = b * b - a * c;
    if (root >= 0.0) {
        root = sqrt(root);
        for (int k = 0; k < 2; k++) {
            float t = (k == 0 ? -b - root : -b + root) / a;
            float y = o.y + t * d.y;
            if (t > 1e-4 && t < best && abs(y) < 1.0) {
                best = t;
                vec2 p = o.xz + t * d.xz;
                n = vec3(p.x, -slope * (middle + slope * y), p.y);
            }
        }
    }
    if (closed) {
        for (int k = 0; k < 2; k++) {
            float y = k == 0 ? -1.0 : 1.0, radius = k == 0 ? 1.0 : taper;
            float t = (y - o.y) / d.y;
            vec2 p = o.xz + t * d.xz;
            if (t > 1e-4 && t < best && dot(p, p) < radius * radius) {
                best = t;
                n = vec3(0.0, y, 0.0);
            }
        }
    }
    return best;
}

bool reaches(vec3 low, vec3 high, vec3 o, vec3 inverse, float limit) {
    vec3 a = (low - o) * inverse, b = (high - o) * inverse;
    vec3 near = min(a, b), far = max(a, b);
    float from = max(max(near.x, near.y), near.z), to = min(min(far.x, far.y), far.z);
    return to > max(from, 0.0) && from < limit;
}

Hit trace(vec3 o, vec3 d, float limit, bool first) {
    Hit hit = Hit(limit, vec3(0.0), vec3(0.0), -1);
    vec3 inverse = 1.0 / d;
    for (int g = 0; g < group_count; g++) {
        vec4 low = texelFetch(groups, ivec2(0, g), 0), high = texelFetch(groups, ivec2(1, g), 0);
        if (!reaches(low.xyz, high.xyz, o, inverse, hit.t)) continue;
        for (int i = int(low.w); i < int(high.w); i++) {
            vec4 x = texelFetch(solids, ivec2(0, i), 0);
            vec4 y = texelFetch(solids, ivec2(1, i), 0);
            vec4 z = texelFetch(solids, ivec2(2, i), 0);
            vec4 about = texelFetch(solids, ivec2(3, i), 0);
            vec3 start = vec3(dot(x, vec4(o, 1.0)), dot(y, vec4(o, 1.0)), dot(z, vec4(o, 1.0)));
            vec3 way = vec3(dot(x.xyz, d), dot(y.xyz, d), dot(z.xyz, d));
            vec3 n = vec3(0.0);
            float t = about.x < 0.5 ? box(start, way, n)
                : about.x < 1.5 ? ball(start, way, n)
                : tube(start, way, about.y, about.x < 2.5, n);
            if (t < hit.t) {
                hit.t = t;
                hit.n = n.x * x.xyz + n.y * y.xyz + n.z * z.xyz;
                hit.local = start + t * way;
                hit.material = int(about.z);
                if (first) return hit;
            }
        }
    }
    return hit;
}

struct Surface { vec3 albedo; vec3 emission; float gloss; };

Surface surface(Hit hit, vec3 world) {
    vec4 a = texelFetch(materials, ivec2(0, hit.material), 0);
    vec4 b = texelFetch(materials, ivec2(1, hit.material), 0);
    vec4 c = texelFetch(materials, ivec2(2, hit.material), 0);
    Surface s = Surface(a.rgb, b.rgb, b.w);
    int pattern = int(a.w);
    vec3 p = world / c.w;
    if (pattern == 1) {            // wood: rings stretched along x
        float rings = noise(vec3(p.x * 0.12, p.y * 2.5, p.z * 2.5)) * 5.0;
        s.albedo = mix(a.rgb, c.rgb, 0.5 + 0.5 * sin(rings * 6.283));
    } else if (pattern == 2) {     // plaster, felt: large soft clouds
        s.albedo = mix(a.rgb, c.rgb, noise(p) * 0.6 + noise(p * 2.7) * 0.4);
    } else if (pattern == 3) {     // lampshade: brightest in the middle
        float y = hit.local.y + 0.15;
        s.emission *= exp(-1.6 * y * y);
    } else if (pattern == 4) {     // what is seen through a window: sky above leaves
        float crown = noise(p * 0.6 + 9.0) * 0.6 + noise(p * 1.5) * 0.4;
        float leaves = smoothstep(-0.14, 0.14, crown - 0.36 - world.y / c.w * 0.10);
        float gaps = smoothstep(0.86, 0.94, noise(p * 7.0)) * smoothstep(0.35, 0.7, noise(p * 1.9 + 4.0));
        vec3 green = c.rgb * (0.25 + 1.1 * noise(p * 3.1));
        s.emission = mix(b.rgb, green + gaps * b.rgb * 2.2, leaves);
    } else if (pattern == 5) {     // a screen: windows of text
        vec2 q = hit.local.xy * 0.5 + 0.5;
        float pane = step(0.05, q.x) * step(q.x, 0.95) * step(0.1, q.y) * step(q.y, 0.9);
        float rows = step(0.5, fract(q.y * 14.0)) * step(q.x, 0.3 + 0.5 * noise(vec3(floor(q.y * 14.0) * 3.7)));
        s.emission = mix(b.rgb, mix(b.rgb * 0.35, c.rgb, rows * step(0.12, q.x)), pane);
    }
    return s;
}

vec3 around(vec3 n, float height, float turn) {
    vec3 up = abs(n.y) < 0.9 ? vec3(0, 1, 0) : vec3(1, 0, 0);
    vec3 a = normalize(cross(up, n)), b = cross(n, a);
    float radius = sqrt(max(0.0, 1.0 - height * height));
    return a * radius * cos(turn) + b * radius * sin(turn) + n * height;
}

// Light that arrives directly from a lamp.
vec3 from_lamp(int i, vec3 at, vec3 n) {
    vec4 centre = texelFetch(lamps, ivec2(0, i), 0);
    vec4 u = texelFetch(lamps, ivec2(1, i), 0), v = texelFetch(lamps, ivec2(2, i), 0);
    vec3 emission = texelFetch(lamps, ivec2(3, i), 0).rgb;
    if (centre.w < 0.5) {          // a rectangle that shines towards cross(u, v)
        vec3 point = centre.xyz + (2.0 * random() - 1.0) * u.xyz + (2.0 * random() - 1.0) * v.xyz;
        vec3 way = point - at, normal = cross(u.xyz, v.xyz);
        float squared = dot(way, way);
        float facing = -dot(normal, way), cosine = dot(n, way);
        if (facing <= 0.0 || cosine <= 0.0) return vec3(0.0);
        if (trace(at, way, 0.999, true).material >= 0) return vec3(0.0);
        return emission * 4.0 * facing * cosine / (squared * squared) / PI;
    }
    vec3 way = centre.xyz - at;    // a ball: sample the cone that it fills
    float squared = dot(way, way);
    float edge = sqrt(max(0.0, 1.0 - u.w * u.w / squared));
    float distance = sqrt(squared);
    vec3 d = around(way / distance, mix(edge, 1.0, random()), 2.0 * PI * random());
    float cosine = dot(n, d);
    if (cosine <= 0.0) return vec3(0.0);
    if (trace(at, d, distance - u.w * 1.02, true).material >= 0) return vec3(0.0);
    return emission * 2.0 * (1.0 - edge) * cosine;
}

// Light that arrives directly: from all lamps where it is seen, from one by chance elsewhere.
vec3 direct(vec3 at, vec3 n, bool all) {
    if (!all) {
        int i = min(int(random() * float(lamp_count)), lamp_count - 1);
        return from_lamp(i, at, n) * float(lamp_count);
    }
    vec3 light = vec3(0.0);
    for (int i = 0; i < lamp_count; i++) light += from_lamp(i, at, n);
    return light;
}

vec3 radiance(vec3 o, vec3 d, out float covered) {
    vec3 light = vec3(0.0), carried = vec3(1.0);
    bool sees_lamps = true;
    covered = 1.0;
    for (int bounce = 0; bounce < 5; bounce++) {
        Hit hit = trace(o, d, FAR, false);
        if (hit.material < 0) {
            if (bounce == 0) covered = 0.0;
            break;
        }
        vec3 at = o + hit.t * d, n = normalize(hit.n);
        if (dot(n, d) > 0.0) n = -n;
        Surface s = surface(hit, at);
        // Lamps are reached directly as well, so a path that met them by chance leaves them out.
        float glow = max(s.emission.r, max(s.emission.g, s.emission.b));
        if (glow > 0.0 && (sees_lamps || texelFetch(materials, ivec2(3, hit.material), 0).x < 0.5))
            light += carried * (bounce == 0 ? s.emission : min(s.emission, vec3(8.0)));
        if (glow > 1.0) break;
        at += n * 0.02;
        float towards = 1.0 + dot(n, d);
        float mirror = s.gloss * (0.04 + 0.96 * pow(towards, 5.0)) + max(0.0, s.gloss - 1.0) * 0.6;
        if (random() < mirror) {
            vec3 r = reflect(d, n);
            d = around(r, pow(random(), 0.04 / max(0.05, s.gloss)), 2.0 * PI * random());
            if (dot(d, n) <= 0.0) break;
            sees_lamps = true;
        } else {
            carried *= s.albedo;
            light += carried * min(direct(at, n, bounce == 0), vec3(12.0));
            d = around(n, sqrt(random()), 2.0 * PI * random());
            sees_lamps = false;
        }
        o = at;
        if (bounce > 1) {
            float keep = clamp(max(carried.r, max(carried.g, carried.b)), 0.05, 1.0);
            if (random() > keep) break;
            carried /= keep;
        }
    }
    return light;
}

void main() {
    uvec2 here = uvec2(gl_FragCoord.xy);
    state = here.x * 1973u + here.y * 9277u + pass_number * 26699u;
    random();
    state ^= uint(random() * 4294967040.0);
    vec2 at = (gl_FragCoord.xy + vec2(random(), random()) - 0.5) / pixels * 2.0 - 1.0;
    vec3 focus = vec3(at * film.xy + film.zw, -1.0) * lens.y;
    float turn = 2.0 * PI * random(), off = lens.x * sqrt(random());
    vec3 from = vec3(off * cos(turn), off * sin(turn), 0.0);
    float covered;
    vec3 light = radiance(eye_position + from, normalize(focus - from), covered);
    pixel = vec4(min(light, vec3(60.0)), covered);
}
